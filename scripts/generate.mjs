// Writes what is generated from the run file's schema and checked in: the editor's JSON schema and the option reference.
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
mkdirSync(path.join(root, 'dist'), { recursive: true });
const folder = mkdtempSync(path.join(root, 'dist', 'generate-'));
try {
  const bundle = path.join(folder, 'reference.mjs');
  await build({
    entryPoints: [path.join(root, 'engine/run/reference.ts')], outfile: bundle,
    bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning',
  });
  const { runFileJsonSchema, optionReference } = await import(pathToFileURL(bundle));
  write('schemas/train.schema.json', `${JSON.stringify(runFileJsonSchema(), null, 2)}\n`);
  write('docs/run-file.md', optionReference());
} finally {
  rmSync(folder, { recursive: true });
}

function write(name, text) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(name);
}
