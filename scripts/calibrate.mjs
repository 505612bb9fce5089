// Builds and runs the calibration of the rules; a word as argument takes the runs whose name holds it.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] });
await bundle({ calibrate: 'test/calibration/calibrate.ts' });
execFileSync(process.execPath, ['dist/calibrate.js', ...process.argv.slice(2)], { stdio: 'inherit' });
