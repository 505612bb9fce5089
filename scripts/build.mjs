// Generates what is generated and bundles the programs. `--watch` rebuilds the bundles on change; `--generate` stops after generating;
// `--tests` also bundles what the tests of the user interface run.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { node, shared } from './bundle.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const flags = new Set(process.argv.slice(2));

const older = (output, ...inputs) => !existsSync(output) || inputs.some((input) => statSync(input).mtimeMs > statSync(output).mtimeMs);

if (older('engine/onnx/generated/onnx_pb.ts', 'engine/onnx/onnx.proto', 'buf.gen.yaml')) {
  const bin = path.join(root, 'node_modules/.bin');
  // buf is started by its own path: on Windows the .bin entry is a .cmd file, which execFile does not run.
  execFileSync(process.execPath, [path.join(root, 'node_modules/@bufbuild/buf/bin/buf'), 'generate'], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
  });
}
execFileSync(process.execPath, ['scripts/build-kernel.mjs'], { stdio: 'inherit' });
if (flags.has('--generate')) process.exit(0);

const bundles = [
  { ...node, entryPoints: { extension: 'extension/extension.ts' } },
  { ...node, entryPoints: { engine: 'engine/host/main.ts' } },
  { ...node, entryPoints: { loader: 'engine/data/threads/worker.ts' } },
  { ...node, entryPoints: { adamscope: 'engine/cli/main.ts' }, banner: { js: '#!/usr/bin/env node' } },
  { ...shared, minify: !flags.has('--watch'), platform: 'browser', target: 'es2022', format: 'iife', entryPoints: { dashboard: 'webview/index.ts' }, outdir: 'dist/webview' },
];

// The packages of the test tools are loaded from node_modules: they start programs and look for files beside their own.
const testPrograms = {
  workbench: 'test/workbench/run.ts', 'code-stand-in': 'test/workbench/code-stand-in.ts', suite: 'test/workbench/suite/index.ts',
  story: 'test/workbench/ui/main.ts', screenshots: 'test/workbench/ui/screenshots.ts', open: 'test/workbench/open.ts', 'fake-engine': 'test/extension/fake-engine.ts',
};
if (flags.has('--tests')) {
  bundles.push({ ...node, external: [...node.external, 'playwright-core', '@vscode/test-electron', 'mocha'], entryPoints: testPrograms, outdir: 'dist/test' });
}

if (flags.has('--watch')) {
  for (const bundle of bundles) await (await esbuild.context(bundle)).watch();
} else {
  await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
}
