/** Takes the pictures of the documentation: the samples in the real workbench, trained by the real engine. usage: node dist/test/screenshots.js FOLDER */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, stageExtension } from '../stage';
import { installServer } from '../vscode-server';
import { play, type Scene } from './story';
import type { Workbench } from './workbench';

const faulty = 'learning-rate-too-large.train.json';

/** Room for a whole line of a run file, what is shown behind it, and the dashboard. */
const size = { width: 1680, height: 960 };
const settings = { 'editor.fontSize': 12, 'editor.scrollbar.horizontal': 'hidden', 'window.commandCenter': false, 'window.title': '${activeEditorShort}${separator}${rootName}' };

/** A run of the sample to its end. */
async function train(workbench: Workbench, name: string): Promise<void> {
  await workbench.openFile(name);
  await workbench.lens('Train').waitFor();
  await workbench.command('Adamscope: Train');
  await workbench.lens('Clear').waitFor({ timeout: 180_000 });
}

const scenesOf = (theme: 'dark' | 'light'): Scene[] => [
  [`${theme}: editor and dashboard of a healthy run`, async ({ workbench }) => {
    if (theme === 'light') await workbench.toggleTheme();
    await train(workbench, 'digits.train.json');
    await workbench.command('Adamscope: Open Dashboard');
    await workbench.dashboard().locator('canvas').first().waitFor({ timeout: 60_000 });
    await workbench.command('View: Close Primary Side Bar');
    await workbench.shot(`training-${theme}`, 20);
    await workbench.command('View: Show Explorer');
    await workbench.command('View: Close All Editors');
  }],
  [`${theme}: findings of a faulty run`, async ({ workbench }) => {
    await train(workbench, faulty);
    await workbench.command('Adamscope: Open Dashboard');
    await workbench.dashboard().getByText('Updates are too large').first().waitFor({ timeout: 60_000 });
    await workbench.command('View: Close Primary Side Bar');
    await workbench.shot(`findings-${theme}`, 20);
    await workbench.command('View: Close Editors in Other Groups');
    await workbench.command('View: Show Explorer');
    await workbench.command('View: Close All Editors');
  }],
  [`${theme}: Quick Fix`, async ({ workbench }) => {
    await workbench.openFile(faulty);
    await workbench.squiggle('warning').waitFor();
    await workbench.quickFixes('"learningRate"', '0.1');
    await workbench.shot(`quick-fix-${theme}`, 20);
  }],
];

async function main(shots: string): Promise<number> {
  installServer();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'adamscope-screenshots-'));
  const extensionsFolder = path.join(folder, 'extensions');
  mkdirSync(extensionsFolder);
  symlinkSync(stageExtension(path.join(folder, 'staged'), 'real'), path.join(extensionsFolder, 'adamscope.adamscope-0.1.0'));
  let failures = 0;
  try {
    for (const theme of ['dark', 'light'] as const) {
      const workspace = path.join(folder, theme, 'digits');
      cpSync(path.join(root, 'samples/digits'), workspace, { recursive: true, filter: (file) => !file.includes('.adamscope') });
      failures += (await play(scenesOf(theme), { home: path.join(folder, theme, 'home'), extensionsFolder, workspace, shots, size, settings })).failed;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
}

main(path.resolve(process.argv[2] ?? 'docs/images')).then((failures) => process.exit(failures > 0 ? 1 : 0), (error: Error) => {
  console.error(error.message);
  process.exit(1);
});
