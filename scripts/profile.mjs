// Builds and runs the profile of a training step by operator.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
await esbuild.build({ entryPoints: ['test/benchmarks/profile.ts'], outfile: 'dist/profile.js', bundle: true, platform: 'node', target: 'node20', external: ['onnxruntime-node'], logLevel: 'warning' });
execFileSync(process.execPath, ['dist/profile.js', ...process.argv.slice(2)], { stdio: 'inherit' });
