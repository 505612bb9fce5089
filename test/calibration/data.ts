/** Small data sets of our own, drawn from seeds of our own: what the runs of the calibration and of the score set train on. */
import { Random } from '../../engine/random';

export interface Table {
  inputs: number[][];
  /** A class id, or the value to predict. */
  labels: number[];
}

type Draw = (random: Random, index: number) => [input: number[], label: number];

function table(name: string, samples: number, draw: Draw): Table {
  const random = new Random(2718, `calibration/${name}`);
  const rows = Array.from({ length: samples }, (_, i) => draw(random, i));
  return { inputs: rows.map(([input]) => input), labels: rows.map(([, label]) => label) };
}

const normals = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.normal());

// Of the calibration set.

/** Three arms in the plane, one class each. */
const spirals = (samples = 600) => table('spirals', samples, (random, i) => {
  const radius = 0.15 + 0.85 * random.uniform();
  const angle = 4 * radius + ((i % 3) * 2 * Math.PI) / 3;
  return [[radius * Math.cos(angle), radius * Math.sin(angle)].map((x) => 2 * x + 0.05 * random.normal()), i % 3];
});

/** Two interleaved half circles. */
const moons = (samples = 500) => table('moons', samples, (random, i) => {
  const angle = Math.PI * random.uniform();
  const [x, y] = i % 2 ? [1 - Math.cos(angle), 0.4 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
  return [[x - 0.5 + 0.12 * random.normal(), y - 0.2 + 0.12 * random.normal()], i % 2];
});

/** Four classes of two normal clouds each, in six dimensions. */
const mixture = (samples = 800) => {
  const place = new Random(2718, 'calibration/mixture/centres');
  const centres = Array.from({ length: 8 }, () => normals(place, 6).map((x) => 1.6 * x));
  return table('mixture', samples, (random, i) => [centres[i % 8].map((x) => x + 0.6 * random.normal()), i % 4]);
};

/** y = sin(2 a) + b c / 2 + noise; the fourth input tells nothing. */
const sine = (samples = 600) => table('sine', samples, (random) => {
  const [a, b, c, d] = normals(random, 4);
  return [[a, b, c, d], Math.sin(2 * a) + 0.5 * b * c + 0.1 * random.normal()];
});

/** Eight ids out of 60; the class is the third of the vocabulary that most of them come from. `rare`: by Zipf's law, some ids occur once. */
const tokens = (rare: boolean, vocabulary = 60, samples = 800) => table(`tokens/${rare}`, samples, (random, i) => {
  const topic = i % 3;
  const id = (): number => Math.floor(vocabulary / 3 * (rare ? random.uniform() ** 4 : random.uniform()));
  return [Array.from({ length: 8 }, () => id() + (random.uniform() < 0.7 ? topic : random.below(3)) * (vocabulary / 3)), topic];
});

/** A ring around a disc's edge, not quite apart; two classes. */
const rings = (samples = 800) => table('rings', samples, (random, i) => {
  const angle = 2 * Math.PI * random.uniform();
  const radius = i % 2 ? 0.45 : 1;
  return [[radius * Math.cos(angle) + 0.1 * random.normal(), radius * Math.sin(angle) + 0.1 * random.normal()], i % 2];
});

/** Three clouds in the plane, unscaled, two of which touch. */
const clouds = (samples = 700) => table('clouds', samples, (random, i) => {
  const [x, y] = [[-7, -2], [2, 6], [6, 4]][i % 3];
  return [[x + 1.8 * random.normal(), y + 1.8 * random.normal()], i % 3];
});

/** Two clouds that mostly cover each other: of the labels two thirds can be known. */
const faint = (samples = 1500) => table('faint', samples, (random, i) => [normals(random, 4).map((x, j) => x + (j === 0 ? (i % 2 ? 0.45 : -0.45) : 0)), i % 2]);

// Of the score set: other data than that of the calibration set.

/** Three shells around each other in five dimensions. */
const shells = (samples = 1600) => table('shells', samples, (random, i) => {
  const direction = normals(random, 5);
  const radius = (1 + (i % 3) + 0.1 * random.normal()) / Math.hypot(...direction);
  return [direction.map((x) => radius * x), i % 3];
});

/** A board of 2 x 2 fields, two classes. */
const checkerboard = (samples = 1600) => table('checkerboard', samples, (random) => {
  const [x, y] = [2 * random.uniform(), 2 * random.uniform()];
  return [[1.5 * (x - 1), 1.5 * (y - 1)], (Math.floor(x) + Math.floor(y)) % 2];
});

/** Signals of 32 values: four frequencies, any phase. */
const waves = (samples = 640) => table('waves', samples, (random, i) => {
  const phase = 2 * Math.PI * random.uniform();
  return [Array.from({ length: 32 }, (_, t) => Math.sin((2 * Math.PI * (2 + 2 * (i % 4)) * t) / 32 + phase) + 0.4 * random.normal()), i % 4];
});

/** Friedman's first function (Friedman 1991), scaled to unit size; five of the ten inputs tell nothing. */
const friedman = (samples = 640) => table('friedman', samples, (random) => {
  const x = Array.from({ length: 10 }, () => random.uniform());
  const y = 10 * Math.sin(Math.PI * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4];
  return [x.map((value) => 3.46 * (value - 0.5)), (y - 14.4) / 5 + 0.1 * random.normal()];
});

/** Six letters; the class is the quarter of the alphabet of the only letter that stands twice. `rare`: of a large alphabet, in which most letters are rare. */
const letters = (alphabet = 24, rare = false, samples = 800) => table(`letters/${alphabet}`, samples, (random, i) => {
  const quarter = alphabet / 4;
  const draw = (size: number): number => (rare ? Math.floor(size * random.uniform() ** 5) : random.below(size));
  const twice = (i % 4) * quarter + draw(quarter);
  const others = [...random.permutation(4)].map((place) => place * quarter + draw(quarter));
  const ids = [...others.map((letter) => (letter === twice ? (letter + 1) % alphabet : letter)), twice, twice];
  return [[...random.permutation(6)].map((place) => ids[place]), i % 4];
});

// Faults of data.

const mapInputs = ({ inputs, labels }: Table, change: (input: number[], index: number) => number[]): Table => ({ inputs: inputs.map(change), labels });
const scaled = (set: Table, factor: number, offset = 0): Table => mapInputs(set, (input) => input.map((x) => factor * x + offset));
const withConstants = (set: Table, count: number): Table => mapInputs(set, (input) => [...input, ...Array<number>(count).fill(1)]);
const mapLabels = ({ inputs, labels }: Table, change: (label: number, index: number) => number): Table => ({ inputs, labels: labels.map(change) });

/** Values that can be known in part only. */
function noisy(set: Table, std: number): Table {
  const random = new Random(2718, 'calibration/noise');
  return mapLabels(set, (y) => y + std * random.normal());
}

/** Rows in the order of their labels. */
function sorted({ inputs, labels }: Table): Table {
  const order = labels.map((_, i) => i).sort((a, b) => labels[a] - labels[b]);
  return { inputs: order.map((i) => inputs[i]), labels: order.map((i) => labels[i]) };
}

/** Of the classes after the first only every `every`th sample stays. */
function imbalanced({ inputs, labels }: Table, every: number): Table {
  const kept = labels.map((_, i) => i).filter((i) => labels[i] === 0 || Math.floor(i / 4) % every === 0);
  return { inputs: kept.map((i) => inputs[i]), labels: kept.map((i) => labels[i]) };
}

/** Labels that have nothing to do with their inputs. */
function permuted(set: Table): Table {
  const order = new Random(2718, 'calibration/permuted').permutation(set.labels.length);
  return mapLabels(set, (_, i) => set.labels[order[i]]);
}

/** Inputs `factor` times as large from the share `from` of the rows on; to be read in their order. */
const shifted = (set: Table, factor: number, from = 0.5, until = 1): Table =>
  mapInputs(set, (input, i) => (i >= from * set.inputs.length && i < until * set.inputs.length ? input.map((x) => factor * x) : input));

/** Every `every`th sample is `factor` times as large. */
const withOutliers = (set: Table, every: number, factor: number): Table => mapInputs(set, (input, i) => (i % every === every - 1 ? input.map((x) => factor * x) : input));

/** By the name of the file that a run file reads. */
export const tables: Record<string, () => Table> = {
  spirals, moons, mixture, sine, rings, clouds, faint,
  'rings-small': () => rings(60),
  'rings-noisy-labels': () => mapLabels(rings(1200), (label, i) => (i % 7 === 0 ? 1 - label : label)),
  'clouds-small': () => clouds(150),
  'sine-noisy': () => noisy(sine(1500), 0.7),
  'sine-y-x20': () => mapLabels(sine(), (y) => 20 * y),
  tokens: () => tokens(false),
  'rare-tokens': () => tokens(true, 600),
  'spirals-noisy-labels': () => mapLabels(spirals(120), (label, i) => (i % 4 === 0 ? (label + 1) % 3 : label)),
  'sine-small': () => sine(50),
  'spirals-large': () => spirals(6000),
  'mixture-small': () => mixture(40),
  'mixture-noisy-labels': () => mapLabels(mixture(240), (label, i) => (i % 5 === 0 ? (label + 1) % 4 : label)),
  'mixture-large': () => mixture(8000),
  'mixture-x300': () => scaled(mixture(), 300),
  'sine-x1000': () => scaled(sine(), 1000),
  'sine-offset': () => scaled(sine(), 1, 200),
  'moons-offset': () => scaled(moons(), 20, 500),
  'mixture-constants': () => withConstants(mixture(), 4),
  'sine-constants': () => withConstants(sine(), 6),
  'moons-constants': () => withConstants(moons(), 2),
  'mixture-imbalanced': () => imbalanced(mixture(2400), 40),
  'moons-imbalanced': () => imbalanced(moons(1600), 30),
  'spirals-imbalanced': () => imbalanced(spirals(1800), 50),
  'sine-y-x5000': () => mapLabels(sine(), (y) => 5000 * y + 20000),
  'sine-y-offset': () => mapLabels(sine(), (y) => y + 3000),
  'sine-y-x300': () => mapLabels(sine(), (y) => 300 * y),
  'mixture-sorted': () => sorted(mixture()),
  'spirals-sorted': () => sorted(spirals()),
  'sine-sorted': () => sorted(sine()),
  'mixture-permuted': () => permuted(mixture()),
  'spirals-permuted': () => permuted(spirals()),
  'mixture-shift': () => shifted(mixture(3200), 8),
  'spirals-shift': () => shifted(spirals(3600), 10),
  'sine-shift': () => shifted(sine(3200), 6),
  'mixture-quiet': () => shifted(scaled(mixture(8000), 8), 1 / 200, 0.2, 0.85),
  'sine-quiet': () => shifted(scaled(sine(8000), 4), 1 / 200, 0.2, 0.85),
  'mixture-bursts': () => withOutliers(mixture(1600), 97, 30),
  'spirals-bursts': () => withOutliers(spirals(1600), 89, 40),

  shells, checkerboard, waves, friedman,
  letters: () => letters(),
  'letters-rare': () => letters(480, true),
  'shells-large': () => shells(6000),
  'friedman-large': () => friedman(6000),
  'shells-shift': () => shifted(shells(3600), 7),
  'waves-shift': () => shifted(waves(2560), 9),
  'friedman-shift': () => shifted(friedman(3200), 6),
  'checkerboard-shift': () => shifted(checkerboard(3200), 8),
  'shells-bursts': () => withOutliers(shells(1440), 91, 30),
  'waves-bursts': () => withOutliers(waves(1280), 83, 30),
  'friedman-bursts': () => withOutliers(friedman(1280), 87, 20),
  'checkerboard-bursts': () => withOutliers(checkerboard(1280), 93, 30),
};

export function csvOf({ inputs, labels }: Table): string {
  const header = [...inputs[0].map((_, i) => `x${i}`), 'y'].join();
  return [header, ...inputs.map((input, i) => [...input, labels[i]].map((value) => Number(value.toPrecision(7))).join())].join('\n');
}
