/**
 * A run record in little room, for tests that replay it: the series of every quantity of every parameter and activation, in as many digits as a rule
 * can need, the bytes of one significance together, Brotli over all. Layout: length of the JSON (uint32, little endian), the JSON, the planes.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { activationQuantities, parameterQuantities, type RunHeader, type RunRecord, type StepRecord } from '../../engine/run/record';

/** Mantissa bits kept: 6 are a relative error of 0.8 %. What changes slowly and is compared from step to step has more. */
const bitsOf = (quantity: string): number => (quantity.startsWith('weight') ? 12 : 6);

/** Every number of a step that is no array; times are left out, so that a record depends on the run only. */
const scalars: Record<string, { get(step: StepRecord): number | undefined; bits: number }> = {
  epoch: { get: (step) => step.epoch, bits: 23 },
  learningRate: { get: (step) => step.learningRate, bits: 23 },
  loss: { get: (step) => step.loss, bits: 16 },
  metric: { get: (step) => step.metric, bits: 16 },
  gradientNorm: { get: (step) => step.gradientNorm, bits: 12 },
  clipped: { get: (step) => Number(step.clipped), bits: 1 },
  validationLoss: { get: (step) => step.validation?.loss, bits: 16 },
  validationMetric: { get: (step) => step.validation?.metric, bits: 16 },
  sharpness: { get: (step) => step.sharpness, bits: 12 },
};

interface Packed {
  header: RunHeader;
  steps: number;
  parameterQuantities: string[];
  activationQuantities: string[];
  /** Steps (1-based) that have them. */
  present: { parameters: number[]; activations: number[]; validation: number[]; sharpness: number[] };
}

/** The steps of a record must be 1, 2, ... */
export function pack({ header, steps }: RunRecord): Buffer {
  const { runFile: _, source: __, ...rest } = header;
  const withList = (has: (step: StepRecord) => unknown): number[] => steps.filter(has).map(({ step }) => step);
  const packed: Packed = {
    header: { ...rest, startedAt: '', versions: {} },
    steps: steps.length,
    parameterQuantities: [...parameterQuantities],
    activationQuantities: [...activationQuantities],
    present: {
      parameters: withList(({ parameters }) => parameters), activations: withList(({ activations }) => activations),
      validation: withList(({ validation }) => validation), sharpness: withList(({ sharpness }) => sharpness !== undefined),
    },
  };
  const columns = [
    ...Object.values(scalars).map(({ get, bits }) => rounded(steps.map((step) => get(step) ?? 0), bits)),
    ...series(steps, 'parameters', header.parameters.length, parameterQuantities),
    ...series(steps, 'activations', header.activations.length, activationQuantities),
  ];
  const json = Buffer.from(JSON.stringify(packed));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const bytes = Buffer.concat([length, json, planes(columns)]);
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

/** The series of one list of the steps that have it: by row, then by quantity. */
function series(steps: StepRecord[], list: 'parameters' | 'activations', rows: number, quantities: readonly string[]): Float32Array[] {
  const present = steps.flatMap((step) => step[list] ?? []);
  return Array.from({ length: rows }, (_, row) => quantities.map((quantity, i) => rounded(present.map((values) => values[row * quantities.length + i]), bitsOf(quantity)))).flat();
}

/** To so many mantissa bits, half away from zero; NaN and infinity stay. */
function rounded(values: number[], bits: number): Float32Array {
  const floats = Float32Array.from(values);
  const words = new Uint32Array(floats.buffer);
  const drop = 23 - bits;
  if (drop > 0) words.forEach((word, i) => { if (Number.isFinite(floats[i])) words[i] = ((word + (1 << (drop - 1))) >>> drop) << drop; });
  return floats;
}

/** All first bytes, then all second ones, ...: exponents and mantissas apart. */
function planes(columns: Float32Array[]): Buffer {
  const bytes = Buffer.concat(columns.map((column) => Buffer.from(column.buffer)));
  const count = bytes.length / 4;
  const result = Buffer.alloc(bytes.length);
  for (let i = 0; i < count; i++) for (let plane = 0; plane < 4; plane++) result[plane * count + i] = bytes[4 * i + plane];
  return result;
}

/** Whether something is measured today that the record does not have. */
export function isOutdated(file: Buffer): boolean {
  const { json } = open(file);
  const lacks = (now: readonly string[], stored: string[]): boolean => now.some((quantity) => !stored.includes(quantity));
  return lacks(parameterQuantities, json.parameterQuantities) || lacks(activationQuantities, json.activationQuantities);
}

function open(file: Buffer): { json: Packed; values: Buffer } {
  const bytes = brotliDecompressSync(file);
  const start = 4 + bytes.readUInt32LE();
  return { json: JSON.parse(bytes.toString('utf8', 4, start)) as Packed, values: bytes.subarray(start) };
}

/** Quantities that a record does not have, because they are measured only since, are NaN. */
export function unpack(file: Buffer): RunRecord {
  const { json: { header, steps: count, present, ...stored }, values: bytes } = open(file);
  const values = floatsOf(bytes);
  let at = 0;
  const take = (length: number): Float32Array => values.subarray(at, (at += length));

  const column = Object.fromEntries(Object.keys(scalars).map((name) => [name, take(count)]));
  const validated = new Set(present.validation);
  const sharp = new Set(present.sharpness);
  const steps = Array.from({ length: count }, (_, i): StepRecord => {
    const step = i + 1;
    const value = (name: string): number => column[name][i];
    return {
      step, epoch: value('epoch'), seconds: 0, learningRate: value('learningRate'), loss: value('loss'), metric: value('metric'), gradientNorm: value('gradientNorm'), clipped: value('clipped') === 1,
      ...(validated.has(step) && { validation: { loss: value('validationLoss'), metric: value('validationMetric') } }),
      ...(sharp.has(step) && { sharpness: value('sharpness') }),
    };
  });
  const fill = (list: 'parameters' | 'activations', rows: number, names: string[], current: readonly string[]): void => {
    for (const step of present[list]) steps[step - 1][list] = new Float32Array(rows * current.length).fill(NaN);
    for (let row = 0; row < rows; row++) {
      for (const name of names) {
        const place = current.indexOf(name);
        const read = take(present[list].length);
        if (place >= 0) present[list].forEach((step, i) => { steps[step - 1][list]![row * current.length + place] = read[i]; });
      }
    }
  };
  fill('parameters', header.parameters.length, stored.parameterQuantities, parameterQuantities);
  fill('activations', header.activations.length, stored.activationQuantities, activationQuantities);
  return { header, steps };
}

function floatsOf(bytes: Buffer): Float32Array {
  const count = bytes.length / 4;
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < count; i++) for (let plane = 0; plane < 4; plane++) result[4 * i + plane] = bytes[plane * count + i];
  return new Float32Array(result.buffer);
}
