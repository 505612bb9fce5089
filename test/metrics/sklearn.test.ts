/** Values of scikit-learn on stored cases, and those of the scikit-learn that is installed, where one is. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LossOptions } from '../../engine/loss';
import { Confusion } from '../../engine/metrics/confusion';
import { Measurement } from '../../engine/metrics/metrics';
import type { PlainMetric } from '../../engine/metrics/names';
import stored from './sklearn.json';

interface Case {
  name: string;
  loss: LossOptions;
  dims: number[];
  output: number[];
  labels: number[];
  values: Partial<Record<PlainMetric, number>>;
  confusion?: number[][];
}

/** In batches of these sizes, the last one smaller. */
function measured({ loss, dims, output, labels, values }: Case, batch: number): Measurement {
  const width = dims.reduce((a, b) => a * b, 1);
  const perSample = loss.type === 'crossEntropy' ? 1 : width;
  const measurement = new Measurement(Object.keys(values) as PlainMetric[], loss, dims);
  measurement.collector(Confusion);
  const samples = output.length / width;
  for (let start = 0; start < samples; start += batch) {
    const count = Math.min(batch, samples - start);
    measurement.add(Float32Array.from(output.slice(start * width, (start + count) * width)), labels.slice(start * perSample, (start + count) * perSample), count);
  }
  return measurement;
}

function check(cases: Case[]): void {
  describe.each(cases)('$name', (each) => {
    it.each([1000, 7])('batches of %i', (batch) => {
      const measurement = measured(each, batch);
      const names = Object.keys(each.values) as PlainMetric[];
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) expect(Math.abs(measurement.value(name) - each.values[name]!), name).toBeLessThan(1e-9 * Math.max(1, Math.abs(each.values[name]!)));
      if (each.confusion) expect(measurement.collector(Confusion).rows()).toEqual(each.confusion);
    });
  });
}

check(stored.cases as Case[]);

const installed = spawnSync('/usr/bin/python3', [path.join(__dirname, 'sklearn_cases.py')], { encoding: 'utf8', maxBuffer: 1 << 24 });
describe.skipIf(installed.status !== 0)('the installed scikit-learn', () => {
  check(installed.status === 0 ? (JSON.parse(installed.stdout) as { cases: Case[] }).cases : []);
});
