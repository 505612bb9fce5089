// Builds the VSIX of one platform: the bundles, and of onnxruntime-node only that platform's binaries.
//   npm run package [-- --target linux-x64] [--out FILE]
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const { values } = parseArgs({ options: { target: { type: 'string', default: `${process.platform}-${process.arch}` }, out: { type: 'string' } } });
const [platform, arch] = values.target.split('-');

const binaries = 'node_modules/onnxruntime-node/bin/napi-v6';
const library = path.join(binaries, platform, arch);
if (!existsSync(library)) {
  const offered = readdirSync(binaries).flatMap((system) => readdirSync(path.join(binaries, system)).map((processor) => `${system}-${processor}`));
  console.error(`--target ${values.target}: onnxruntime-node has no binaries for it; it has ${offered.join(', ')}`);
  process.exit(2);
}
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const manifest = readJson('package.json');
const out = path.resolve(values.out ?? `adamscope-${manifest.version}-${values.target}.vsix`);
const stage = mkdtempSync(path.join(tmpdir(), 'adamscope-package-'));
const copy = (file, filter) => cpSync(file, path.join(stage, file), { recursive: true, filter });
const writeJson = (file, content) => writeFileSync(path.join(stage, file), JSON.stringify(content, null, 2));
try {
  for (const file of await listFiles({ cwd: root, packageManager: PackageManager.None })) copy(file);

  // Everything but the native package is in the bundles. Its other dependencies serve its install script, which the package does without.
  const native = ['onnxruntime-node', 'onnxruntime-common'];
  const dependencies = {};
  for (const name of native) {
    const folder = path.join('node_modules', name);
    const { version, main, exports, type, license } = readJson(path.join(folder, 'package.json'));
    dependencies[name] = version;
    copy(path.join(folder, 'dist'), (file) => !file.endsWith('.map') && !file.endsWith('.d.ts'));
    writeJson(path.join(folder, 'package.json'), { name, version, main, exports, type, license });
  }
  copy(library);

  const { scripts: _, devDependencies: __, allowScripts: ___, ...kept } = manifest;
  writeJson('package.json', { ...kept, dependencies });
  writeFileSync(path.join(stage, '.vscodeignore'), ''); // the list has been applied already
  await createVSIX({ cwd: stage, target: values.target, packagePath: out, allowMissingRepository: true, rewriteRelativeLinks: false });
} finally {
  rmSync(stage, { recursive: true, force: true });
}
