import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import { InputError } from '../../engine/errors';
import { Random } from '../../engine/random';
import { activationQuantities, histogramBins, histogramQuantities, parameterQuantities, type RunHeader, type StepRecord } from '../../engine/run/record';

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const sampleHeader = (parameters = 3, activations = 2): RunHeader => ({
  name: 'digits', startedAt: '2026-11-21T09:15:30.000Z', config: { epochs: 3, optimizer: { type: 'adam', learningRate: 1e-3 } } as unknown as RunHeader['config'],
  device: 'cpu', deviceReason: 'the model is small', versions: { adamscope: '0.1.0' }, level: 'standard',
  parameters: Array.from({ length: parameters }, (_, i) => ({ name: `dense${i + 1}.weight`, dims: [4, 3], layer: `dense${i + 1}`, depth: i })),
  activations: Array.from({ length: activations }, (_, i) => ({ layer: `relu${i + 1}`, kind: 'relu', dims: [4], depth: i })),
  trainSamples: 100, validationSamples: 20, stepsPerEpoch: 10, totalSteps: 30, metric: 'accuracy',
});

/** Records with absent parts, NaN and infinities here and there. */
export function sampleSteps(count: number, parameters = 3, activations = 2, seed = 0, quantities: number = parameterQuantities.length): StepRecord[] {
  const random = new Random(seed, 'steps');
  const histogram = new Random(seed, 'histograms');
  const odd = [NaN, Infinity, -Infinity, 0, -0, 1e-310];
  const value = (): number => (random.below(20) === 0 ? odd[random.below(odd.length)] : random.normal());
  const list = (length: number, every: number): Float32Array | undefined => (random.below(every) === 0 ? undefined : Float32Array.from({ length }, value));
  return Array.from({ length: count }, (_, i) => {
    const record: StepRecord = {
      step: i + 1, epoch: Math.floor(i / 10), seconds: i / 7, learningRate: Math.abs(value()), loss: value(), metric: random.uniform(), gradientNorm: value(), clipped: random.below(2) === 1,
    };
    const measured = list(parameters * quantities, 5);
    const activity = list(activations * activationQuantities.length, 2);
    if (measured && parameters > 0) record.parameters = measured;
    if (activity && activations > 0) record.activations = activity;
    if (i % 10 === 0 && parameters > 0) record.histograms = Float32Array.from({ length: parameters * histogramQuantities.length * histogramBins }, () => histogram.uniform());
    if (i % 10 === 9) record.validation = { loss: value(), metric: random.uniform() };
    if (i % 13 === 3) record.sharpness = value();
    return record;
  });
}

/** What became of a damaged file: it must be refused by one sentence that names it, or read as what `expected` accepts. */
export function refusedOr<T>(file: string, read: () => T, expected: (value: T) => void): 'refused' | 'read' {
  let value: T;
  try {
    value = read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message.startsWith(`${file}: `)).toBe(true);
    expect(error.message).not.toContain('\n');
    return 'refused';
  }
  expected(value);
  return 'read';
}

/** Runs `visit` with the file cut at every `stride`th byte, then with one bit flipped there; restores it. */
export function damage(file: string, stride: number, visit: (kind: 'cut' | 'flip', at: number) => void): void {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += stride) {
    writeFileSync(file, bytes.subarray(0, at));
    visit('cut', at);
    const flipped = Buffer.from(bytes);
    flipped[at] ^= 1 << (at % 8);
    writeFileSync(file, flipped);
    visit('flip', at);
  }
  writeFileSync(file, bytes);
}
