/** `npm run bench [-- steps | profile | optimizer | first-loss | memory | input]`: step times and where they go, the optimizer's kernel, time to the first loss, memory over a long run, waiting for data. Everything in one run; ratios count. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../../engine/errors';
import { writeDocument } from './document';
import { input } from './input';
import { optimizerTimes } from './optimizer';
import { profile, type Profile } from './profile';
import { soak } from './soak';
import { starts } from './start';
import { steps, type Steps } from './steps';

const help = `npm run bench -- [SECTION...] [options]; sections: steps, profile, optimizer, first-loss, memory, input (default: all)

The table goes to stderr, JSON to stdout.

  --model TEXT    only nets whose names contain the text
  --threads N     (default: cores)
  --device ID     (default: cpu)
  --rounds N      (default: 5)
  --samples DIR   run files that the input is timed of (default: samples)
  --against FILE  compares with the JSON of an earlier run
  --document      writes docs/benchmarks.md, of steps and profile`;

const options = {
  model: { type: 'string', default: '' }, threads: { type: 'string' }, device: { type: 'string', default: 'cpu' }, rounds: { type: 'string', default: '5' }, against: { type: 'string' }, samples: { type: 'string' },
  document: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
} as const;

const root = path.resolve(__dirname, '..');
const log = (text: string): void => void process.stderr.write(`${text}\n`);

/** A profile needs some steps, for the least time of each operation. */
const profiledInRound = 6;

/** Step times over those of an earlier run of this machine: they say something only where the machine was as busy then. */
function compareWith(file: string, { rows }: Steps): void {
  const earlier = (JSON.parse(readFileSync(file, 'utf8')) as { steps?: Steps }).steps;
  if (!earlier) throw new InputError(`${file} holds no step times; a file that "npm run bench -- steps" printed is needed`);
  log(`\nagainst ${file}: now / then`);
  for (const { model, milliseconds, memory } of rows) {
    const before = earlier.rows.find((row) => row.model === model);
    if (before) log(`  ${model.padEnd(40)} ${Object.entries(milliseconds).map(([name, ms]) => `${name} ${(ms / before.milliseconds[name]).toFixed(2)}`).join(', ')}, memory ${(memory.ours / before.memory.ours).toFixed(2)}`);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const sections: Record<string, () => Promise<object>> = {
    async steps() {
      const result = await steps({ root, threads: Number(values.threads ?? availableParallelism()), device: values.device, part: values.model, rounds: Number(values.rounds), log });
      if (values.against) compareWith(values.against, result);
      return { steps: result };
    },
    profile: async () => ({ profile: await profile({ threads: Number(values.threads ?? availableParallelism()), part: values.model, steps: profiledInRound * Number(values.rounds), log }) }),
    optimizer: async () => ({ optimizer: await optimizerTimes(Number(values.rounds), log) }),
    'first-loss': async () => ({ firstLoss: await starts(root, log) }),
    async memory() {
      const memory = await soak(root);
      log(`memory over ${memory.steps} steps: ${memory.early.toFixed(0)} MB after step ${memory.earlyStep}, ${memory.late.toFixed(0)} MB at the last (${(memory.late / memory.early).toFixed(3)} x), ${memory.end.toFixed(0)} MB after the final diagnosis`);
      return { memory };
    },
    input: async () => ({ input: await input(path.resolve(values.samples ?? path.join(root, 'samples')), log) }),
  };
  const unknown = positionals.find((name) => !Object.hasOwn(sections, name));
  if (values.help || unknown !== undefined) {
    log(unknown === undefined ? help : `There is no section "${unknown}"; allowed are ${Object.keys(sections).join(', ')}.`);
    process.exitCode = unknown === undefined ? 0 : 2;
    return;
  }
  const wanted = positionals.length > 0 ? positionals : Object.keys(sections);
  if (values.document && !['steps', 'profile'].every((name) => wanted.includes(name))) throw new InputError('--document writes what the sections steps and profile measure; both must be run');
  const results: { steps?: Steps; profile?: Profile } & Record<string, unknown> = { node: process.version };
  for (const name of wanted) Object.assign(results, await sections[name]());
  if (values.document) writeDocument(results.steps!, results.profile!, path.join(root, 'docs', 'benchmarks.md'));
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

main().catch((error: Error) => {
  log(error instanceof InputError ? error.message : error.stack!);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
