// How programs are bundled: those of users in build.mjs, those of developers by `bundle`.
import { readFileSync } from 'node:fs';
import * as esbuild from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
export const shared = { bundle: true, sourcemap: 'linked', logLevel: 'warning', legalComments: 'linked', define: { __VERSION__: JSON.stringify(version) } };
// Not minified: a stack trace of ours should be readable. ES modules first: the UMD builds of some packages hide their requires from the bundler.
export const node = {
  ...shared, platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'], external: ['onnxruntime-node', 'vscode'],
  loader: { '.wasm': 'binary' }, logOverride: { 'empty-import-meta': 'silent' }, outdir: 'dist',
};

/** Programs by the name of their file in dist. */
export const bundle = (entryPoints) => esbuild.build({ ...node, entryPoints });
