// Builds and runs the calibration of the rules; a word as argument takes the runs whose name holds it.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] });
await esbuild.build({
  entryPoints: ['test/calibration/calibrate.ts'], outfile: 'dist/calibrate.js', bundle: true, platform: 'node', target: 'node20', mainFields: ['module', 'main'], external: ['onnxruntime-node'],
  loader: { '.wasm': 'binary' }, logLevel: 'warning', logOverride: { 'empty-import-meta': 'silent' },
});
execFileSync(process.execPath, ['dist/calibrate.js', ...process.argv.slice(2)], { stdio: 'inherit' });
