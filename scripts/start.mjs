// The main job in the terminal: trains a sample with a deliberate fault, names it, applies its remedy, and trains again.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const sample = path.join(root, 'samples/digits/learning-rate-too-large.train.json');
const target = 0.96;
const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = (text) => (colours ? `\u001b[1m${text}\u001b[0m` : text);

/** Trains with the command line, its progress shown; resolves with its JSON document. */
function train(...args) {
  const out = path.join(mkdtempSync(path.join(tmpdir(), 'adamscope-start-')), 'run');
  const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), 'train', sample, '--json', '--out', out, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) =>
    child.on('close', (code) => (code === 0 || code === 3 ? resolve(JSON.parse(text)) : reject(new Error(`training ended with exit code ${code}`)))));
}

const say = (text = '') => console.log(text);
const percent = (share) => `${(100 * share).toFixed(2)} %`;

say(bold('1. A run with a deliberate fault'));
say(`   ${path.relative(process.cwd(), sample)}: ${readFileSync(sample, 'utf8').split('\n')[0].replace(/^\/\/ /, '')}\n`);
const faulty = await train();
const [finding] = faulty.findings;
if (!finding) throw new Error('the fault was not found');
const { stepsPerEpoch } = JSON.parse(readFileSync(path.join(faulty.run, 'run.json'), 'utf8')).header;
say(`\n${bold('2. The diagnosis')}`);
say(`   ${finding.title} (${finding.rule}), seen at step ${finding.step} of epoch ${Math.ceil(finding.step / stepsPerEpoch)}, key ${finding.target.path}`);
say(`   ${finding.explanation}`);
const remedy = finding.remedies.find(({ edits }) => edits.every(({ kind }) => kind !== 'insert'));
say(`   Remedy: ${remedy.title}\n`);

say(bold('3. The same run with the remedy applied'));
const healed = await train(...remedy.edits.flatMap(({ path: key, value }) => ['--set', `${key}=${JSON.stringify(value)}`]));
const before = faulty.validation?.accuracy ?? 0;
const { accuracy } = healed.validation;
say(`\n${bold('4. The result')}`);
say(`   validation accuracy ${percent(before)} before, ${percent(accuracy)} after; ${healed.findings.filter(({ severity }) => severity !== 'information').length} faults left`);
if (accuracy < target) throw new Error(`the remedy was expected to reach ${percent(target)}`);
