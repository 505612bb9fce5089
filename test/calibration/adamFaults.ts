/** Faults of Adam's settings and their healthy twins, to be judged, never tuned on: data and networks are others than those of the calibration set. */
import { type Case, optimizerOf, runFile, type RunFile, withSeeds } from './case';
import { convnet, deep, embedded, mlp, residualNet, signalNet } from './models';

/** Four tasks that Adam learns well with these settings. */
const tasks = {
  shells: (changes: RunFile = {}) => runFile('shells', mlp([40, 20], 3, { activation: 'silu' }), 'adam 4e-3', { batchSize: 48, epochs: 14, ...changes }),
  waves: (changes: RunFile = {}) => runFile('waves', signalNet(8, 4), 'adam 4e-3', { batchSize: 40, epochs: 16, ...changes }),
  friedman: (changes: RunFile = {}) => runFile('friedman', mlp([40, 40], 1, { activation: 'elu' }), 'adam 4e-3', { batchSize: 20, epochs: 14, ...changes }),
  letters: (changes: RunFile = {}) => runFile('letters', embedded(24, 10, 40, 4), 'adam 4e-3', { batchSize: 20, epochs: 12, ...changes }),
};

type Task = keyof typeof tasks;

interface Fault {
  fault: string;
  rule: string;
  also?: string[];
  /** Each with the setting that is wrong and the one that is right. */
  cases: Record<string, [wrong: RunFile, right: RunFile]>;
}

/** The same optimizer with and without a setting, on all four tasks. */
const settings = (wrong: string, right = 'adam 4e-3', rest: RunFile = {}): Fault['cases'] =>
  Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, [task({ ...rest, optimizer: optimizerOf(wrong) }), task({ ...rest, optimizer: optimizerOf(right) })]]));

const on = (name: Task, wrong: RunFile, right: RunFile): [RunFile, RunFile] => [tasks[name](wrong), tasks[name](right)];
const adam = (text: string): RunFile => ({ optimizer: optimizerOf(`adam ${text}`) });
const unshuffled = { shuffle: false };

const faults: Fault[] = [
  { fault: 'beta1 too large for beta2', rule: 'adam-beta-order', cases: settings('adam 4e-3 beta1=0.99 beta2=0.9') },
  { fault: 'beta2 too small for beta1', rule: 'adam-beta-order', also: ['adam-second-moment-forgets'], cases: settings('adam 8e-3 beta2=0.3', 'adam 8e-3') },
  { fault: 'beta2 beyond the run', rule: 'adam-beta2-horizon', cases: settings('adam 4e-3 beta2=0.99999', 'adam 4e-3 beta2=0.99', { epochs: 30 }) },
  { fault: 'epsilon too large', rule: 'adam-epsilon-dominates', cases: settings('adam 4e-3 epsilon=1') },
  {
    fault: 'no warm-up', rule: 'adam-no-warmup', also: ['adam-edge-of-stability', 'update-ratio', 'adam-overshoot', 'lr-proposal'],
    cases: {
      shells: [warm(runFile('shells', deep(7, 56, 3, { activation: 'silu', initializer: 'heNormal' }), 'adam 0.02', { epochs: 16, batchSize: 24 }), 0), warm(runFile('shells', deep(7, 56, 3, { activation: 'silu', initializer: 'heNormal' }), 'adam 2e-3', { epochs: 16, batchSize: 24 }), 60)],
      waves: [warm(runFile('waves', [{ reshape: [1, 32] }, 'flatten', ...deep(6, 64, 4, { initializer: 'heNormal' })], 'adam 0.02', { epochs: 20 }), 0), warm(runFile('waves', [{ reshape: [1, 32] }, 'flatten', ...deep(6, 64, 4, { initializer: 'heNormal' })], 'adam 1e-3', { epochs: 20 }), 60)],
      friedman: [warm(runFile('friedman', residualNet(6, 40, 1), 'adam 0.04', { epochs: 20 }), 0), warm(runFile('friedman', residualNet(6, 40, 1), 'adam 2e-3', { epochs: 20 }), 60)],
      images: [warm(runFile('images', convnet([10, 10, 10, 10], 10, { initializer: 'heNormal' }), 'adam 0.03', { epochs: 5 }), 0), warm(runFile('images', convnet([10, 10, 10, 10], 10, { initializer: 'heNormal' }), 'adam 1e-3', { epochs: 5 }), 60)],
    },
  },
  { fault: 'bias correction off', rule: 'adam-bias-correction', cases: settings('adam 0.015 biasCorrection=false', 'adam 0.015') },
  { fault: 'learning rate too large', rule: 'adam-edge-of-stability', also: ['lr-proposal', 'update-ratio', 'adam-overshoot', 'adam-no-warmup'], cases: settings('adam 0.4') },
  { fault: 'learning rate too small', rule: 'lr-proposal', also: ['update-ratio', 'slow-convergence', 'adam-signal-to-noise'], cases: settings('adam 4e-6') },
  {
    fault: 'second moment stale after a shift', rule: 'adam-stale-second-moment', also: ['loss-spike'],
    cases: {
      ...Object.fromEntries((['shells', 'waves', 'friedman'] as const).map((name) => [name, [shifted(name, unshuffled), shifted(name)]])),
      checkerboard: [board('adam 0.01', { data: { train: csv('checkerboard-shift'), ...unshuffled }, epochs: 4 }), board('adam 0.01', { data: { train: csv('checkerboard-shift') }, epochs: 4 })],
    },
  },
  {
    fault: 'clip far too low', rule: 'clip-fraction', also: ['adam-epsilon-dominates'],
    cases: Object.fromEntries((Object.keys(tasks) as Task[]).map((name) => [name, on(name, { clip: { globalNorm: 1e-8 } }, { clip: { globalNorm: 20 } })])),
  },
  {
    fault: 'batch far below the noise scale', rule: 'adam-noise-scale', also: ['adam-signal-to-noise'],
    cases: Object.fromEntries((Object.keys(tasks) as Task[]).map((name) => [name, on(name, { batchSize: 1, epochs: 1 }, { epochs: 1 })])),
  },
  {
    fault: 'batch far above the noise scale', rule: 'adam-noise-scale', also: ['adam-signal-to-noise'],
    cases: {
      shells: [runFile('shells-large', mlp([40, 20], 3, { activation: 'silu' }), 'adam 1e-3', { batchSize: 4800, epochs: 150 }), runFile('shells-large', mlp([40, 20], 3, { activation: 'silu' }), 'adam 4e-3', { batchSize: 48, epochs: 3 })],
      friedman: [runFile('friedman-large', mlp([40], 1, { activation: 'elu' }), 'adam 1e-3', { batchSize: 4800, epochs: 150 }), runFile('friedman-large', mlp([40], 1, { activation: 'elu' }), 'adam 4e-3', { batchSize: 48, epochs: 3 })],
      waves: [tasks.waves({ batchSize: 512, epochs: 150, ...adam('1e-3') }), tasks.waves()],
      letters: [tasks.letters({ batchSize: 640, epochs: 150, ...adam('1e-3') }), tasks.letters()],
    },
  },
  {
    fault: 'epsilon too small', rule: 'adam-epsilon-too-small',
    cases: Object.fromEntries([16, 24, 32, 48].map((width) => [`letters-${width}`, [
      runFile('letters-rare', embedded(480, 6, width, 4), 'adam 4e-3 epsilon=1e-18', { epochs: 12, batchSize: 20 }), runFile('letters-rare', embedded(480, 6, width, 4), 'adam 4e-3', { epochs: 12, batchSize: 20 }),
    ]])),
  },
  {
    fault: 'second moment forgets rare gradients', rule: 'adam-second-moment-forgets', also: ['adam-beta-order', 'loss-spike', 'adam-stale-second-moment'],
    cases: {
      ...Object.fromEntries((['shells', 'waves', 'friedman'] as const).map((name) => [name, [bursts(name, 0.85), bursts(name, 0.999)]])),
      checkerboard: [0.85, 0.999].map((beta2) => board(`adam 0.01 beta2=${beta2}`, { data: { train: csv('checkerboard-bursts') }, batchSize: 8, epochs: 3 })) as [RunFile, RunFile],
    },
  },
];

function warm(config: RunFile, warmupSteps: number): RunFile {
  return { ...config, schedule: { type: 'constant', warmupSteps } };
}

function csv(data: string): RunFile {
  return { csv: `${data}.csv`, label: 'y' };
}

function board(optimizer: string, changes: RunFile = {}): RunFile {
  return runFile('checkerboard', mlp([40, 40], 2, { activation: 'tanh' }), optimizer, { epochs: 12, ...changes });
}

/** Rows whose inputs grow at once in the middle of the file: a fault where they are taken in their order. */
function shifted(name: 'shells' | 'waves' | 'friedman', order: RunFile = {}): RunFile {
  return tasks[name]({ epochs: 4, data: { train: csv(`${name}-shift`), validation: 0.2, ...order } });
}

/** Now and then a sample far larger than the others. */
function bursts(name: 'shells' | 'waves' | 'friedman', beta2: number): RunFile {
  return tasks[name]({ optimizer: optimizerOf(`adam 4e-3 beta2=${beta2}`), data: { train: csv(`${name}-bursts`), validation: 0.2 }, batchSize: 8, epochs: 3 });
}

const seeds = 2;
const slug = (text: string): string => text.replace(/\W+/g, '-');

const all = faults.flatMap(({ fault, rule, also = [], cases }) => Object.entries(cases).map(([name, [wrong, right]]) => ({ fault, rule, also, name: `${slug(fault)}-${name}`, wrong, right })));

/** Twins that several faults share stand once, under the name of the first. */
const twinOf = new Map([...all].reverse().map(({ name, right }) => [JSON.stringify(right), `twin-${name}`]));

const wrong = all.flatMap(({ name, right, wrong: config, ...rest }) =>
  withSeeds({ name: `score-${name}`, set: 'adam', ...rest, twin: twinOf.get(JSON.stringify(right)), config }, seeds));
const right = [...twinOf].flatMap(([config, name]) => withSeeds({ name, set: 'adam', also: [], config: JSON.parse(config) as RunFile }, seeds));

export const adamFaults: Case[] = [...wrong, ...right];
