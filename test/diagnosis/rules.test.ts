import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentationOf } from '../../engine/diagnosis/rule';
import { rules } from '../../engine/diagnosis/rules';
import { root } from '../shared';

const page = (id: string): string => path.join(root, 'docs', documentationOf(id));

describe('every rule has its page', () => {
  for (const { id, title, defaults } of rules) {
    it(id, () => {
      expect(existsSync(page(id))).toBe(true);
      const text = readFileSync(page(id), 'utf8');
      expect(text.startsWith(`# ${title}\n`)).toBe(true);
      const documented = [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, value]) => [name, Number(value)]);
      expect(Object.fromEntries(documented)).toEqual(defaults);
    });
  }
  it('and every page and picture its rule', () => expect(readdirSync(path.dirname(page('x'))).sort()).toEqual(rules.flatMap(({ id }) => [`${id}.md`, `${id}.svg`]).sort()));
});

it('ids are unique', () => expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length));
