import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** The bundles: this file is part of one, below them in `test/`. */
const dist = path.resolve(__dirname, '..');

/** The repository: the nearest folder above with our package.json. */
export const root = ((): string => {
  for (let folder = dist; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name: string }).name === 'adamscope') return folder;
  }
})();

export const bundle = (name: string): string => path.join(dist, name);

/** Puts the extension together in a folder as it would be installed, with its own engine or with the stand-in that makes its figures up. */
export function stageExtension(folder: string, engine: 'real' | 'fake'): string {
  mkdirSync(path.join(folder, 'dist'), { recursive: true });
  for (const part of ['package.json', 'package.nls.json', 'media', 'schemas', 'docs', 'samples']) {
    if (existsSync(path.join(root, part))) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  for (const part of ['extension.js', 'webview']) {
    if (existsSync(bundle(part))) cpSync(bundle(part), path.join(folder, 'dist', part), { recursive: true });
  }
  cpSync(bundle(engine === 'fake' ? 'test/fake-engine.js' : 'engine.js'), path.join(folder, 'dist/engine.js'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** A folder that a user would open: the digits and two run files, one of them with a learning rate that explodes. */
export function stageWorkspace(folder: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, 'samples/digits/digits.csv'), path.join(folder, 'digits.csv'));
  cpSync(path.join(root, 'test/workbench/workspace'), folder, { recursive: true });
  return folder;
}
