import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../shared';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as { contributes: { commands: { command: string }[]; menus: Record<string, { command: string }[]> }; icon: string };
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const whole = JSON.stringify(manifest);
const commands = new Set(manifest.contributes.commands.map(({ command }) => command));

describe('manifest', () => {
  test('every %text% exists and every text is used', () => {
    const used = new Set([...whole.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(texts).sort());
  });

  test('every file it names is there', () => {
    const files = [...whole.matchAll(/"((?:\.\/)?(?:media|schemas)\/[^"]+)"/g)].map((match) => match[1]);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(existsSync(path.join(root, file)), file).toBe(true);
  });

  test('menus name contributed commands', () => {
    for (const { command } of Object.values(manifest.contributes.menus).flat()) expect(commands).toContain(command);
  });

  test('links in texts lead to contributed commands', () => {
    const linked = [...Object.values(texts).join(' ').matchAll(/command:(adamscope\.\w+)/g)].map((match) => match[1]);
    expect(linked.length).toBeGreaterThan(3);
    for (const command of linked) expect(commands).toContain(command);
  });

  test('every contributed command is registered', () => {
    const source = read('extension/commands.ts');
    for (const command of commands) expect(source).toMatch(new RegExp(`^    (async )?${command.replace('adamscope.', '')}[(:]`, 'm'));
  });
});
