import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../../engine/diagnosis/rules';
import { documentationOf } from '../../engine/diagnosis/rule';
import { root } from '../shared';

describe('every rule has a page', () => {
  for (const { id, title, defaults } of rules) {
    it(id, () => {
      const file = path.join(root, 'docs', documentationOf(id));
      expect(existsSync(file), `${file} is missing`).toBe(true);
      const page = readFileSync(file, 'utf8');
      const [heading, meaning] = page.split('\n\n');
      expect(heading).toBe(`# ${title}`);
      // What it means: the first paragraph.
      expect(meaning).toMatch(/^[^#!|].{60,}/s);
      for (const section of [/^## What is measured$/m, /^## What to do$/m, /^## When it is a false alarm$/m, /^## (Source|Paper)s?$/m]) expect(page).toMatch(section);
      for (const threshold of Object.keys(defaults)) expect(page).toContain(`\`${threshold}\``);
      expect(page).toContain(`![A typical case](${id}.svg)`);
      const picture = readFileSync(path.join(root, 'docs/rules', `${id}.svg`), 'utf8');
      expect(picture).toMatch(/^<svg [^]*prefers-color-scheme:dark[^]*<\/svg>\n$/);
      expect(picture).not.toMatch(/NaN"|undefined|<script| href=/);
    });
  }
});
