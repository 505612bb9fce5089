// Writes what is generated and checked in: from the run file's schema the editor's JSON schema and the option reference, from the rules' test records
// the picture on each rule's page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
mkdirSync(path.join(root, 'dist'), { recursive: true });
const folder = mkdtempSync(path.join(root, 'dist', 'generate-'));
try {
  const { runFileJsonSchema, optionReference } = await load('engine/run/reference.ts');
  write('schemas/train.schema.json', `${JSON.stringify(runFileJsonSchema(), null, 2)}\n`);
  write('docs/run-file.md', optionReference());
  const { sweepFileJsonSchema } = await load('engine/sweep/editorSchema.ts');
  write('schemas/sweep.schema.json', `${JSON.stringify(sweepFileJsonSchema(), null, 2)}\n`);
  const { ruleCharts, withPicture } = await load('test/diagnosis/ruleCharts.ts');
  for (const [name, picture] of ruleCharts()) {
    write(`docs/rules/${name}`, picture);
    const page = `docs/rules/${name.replace('.svg', '.md')}`;
    const text = readFileSync(path.join(root, page), 'utf8');
    if (withPicture(text, name.replace('.svg', '')) !== text) write(page, withPicture(text, name.replace('.svg', '')));
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function load(source) {
  const outfile = path.join(folder, `${path.basename(source, '.ts')}.mjs`);
  await build({ entryPoints: [path.join(root, source)], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' });
  return import(pathToFileURL(outfile));
}

function write(name, text) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(name);
}
