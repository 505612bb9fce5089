// Builds and runs the score: `npm run score -- DIR`. The program that trains is a bundle of its own, so that a change of the tables leaves its results valid.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const directory = process.env.INIT_CWD ?? process.cwd();
process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
if (spawnSync(process.execPath, ['scripts/build.mjs', '--generate'], { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1);
await bundle({ score: 'test/score/score.ts', 'score-job': 'test/score/job.ts' });
// A folder given as an argument is relative to where the command was typed.
const args = process.argv.slice(2).map((argument, i, all) => (argument.startsWith('-') || /^--(case|seeds|jobs|seconds)$/.test(all[i - 1] ?? '') ? argument : path.resolve(directory, argument)));
process.exitCode = spawnSync(process.execPath, ['dist/score.js', ...args], { stdio: 'inherit' }).status ?? 1;
