// Builds and runs the profile of a training step by operator.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
await bundle({ profile: 'test/benchmarks/profile.ts' });
execFileSync(process.execPath, ['dist/profile.js', ...process.argv.slice(2)], { stdio: 'inherit' });
