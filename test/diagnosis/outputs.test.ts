import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import { breakOfProfile } from '../../engine/diagnosis/profile';
import { RecordView } from '../../engine/diagnosis/view';
import type { RunHeader, RunRecord } from '../../engine/run/record';
import { buildRecord, type Spec } from './builder';

const paths = ['model.layers.0', 'model.layers.1', 'model.heads.kind.0', 'model.heads.kind.1', 'model.heads.box.0', 'model.heads.box.1'];

/** A trunk of a dense layer and two outputs, each a dense layer and a sigmoid. */
function record(loss: Record<string, unknown>, spec: Spec = {}): RunRecord {
  const head = [{ dense: 64 }, 'sigmoid'];
  const { header, steps } = buildRecord({
    steps: 0, layers: ['dense', 'relu', 'dense', 'sigmoid', 'dense', 'sigmoid'], data: {}, ...spec,
    config: { model: { layers: [{ dense: 64 }, 'relu'], heads: { kind: head, box: head } }, loss },
  });
  const counts = [900, 50, 50, ...Array<number>(7).fill(0)];
  const branched = <T extends { path?: string }>(list: T[]): T[] => list.map((each) => ({ ...each, path: paths[Number(each.path!.split('.').at(-1))] }));
  const labels = { type: 'values' as const, mean: 12, std: 5, min: 1, max: 30, distinct: 30, whole: false };
  const { classes: _, ...rest } = header;
  return {
    steps,
    header: {
      ...rest, parameters: branched(header.parameters), activations: branched(header.activations),
      outputs: [{ name: 'kind', classes: 10, output: { kind: 'sigmoid', width: 10 } }, { name: 'box', output: { kind: 'sigmoid', width: 4 } }],
      data: { ...header.data!, labels: { type: 'classes', counts }, outputs: { kind: { type: 'classes', counts }, box: labels } },
    } satisfies RunHeader,
  };
}

describe('of several outputs', () => {
  it('each is judged by its own loss, labels and layers', () => {
    const findings = new Map(diagnose(record({ kind: 'crossEntropy', box: 'mse' })).map((finding) => [finding.id, finding]));
    expect(findings.get('loss-output-mismatch/kind')).toMatchObject({ title: 'Sigmoid stands before crossEntropy', target: { path: 'model.heads.kind.1' } });
    expect(findings.get('loss-output-mismatch/box')).toMatchObject({ title: 'Sigmoid cannot reach the labels', target: { path: 'model.heads.box.1' } });
    expect(findings.get('label-imbalance/kind')).toMatchObject({ target: { path: 'loss.kind' }, remedies: [{ edits: [{ path: 'loss.kind', value: { type: 'crossEntropy', classWeights: 'balanced' } }] }] });
    expect(findings.has('label-imbalance/box')).toBe(false);
  });

  it('what a model loses that has learnt nothing is the sum over them, each times its weight', () => {
    const { baseline } = new RecordView(record({ kind: { type: 'crossEntropy', weight: 2 }, box: 'bceWithLogits' }));
    expect(baseline).toMatchObject({ known: true, meaning: '2 × ln 10 + ln 2' });
    expect(baseline.loss).toBeCloseTo(2 * Math.log(10) + Math.log(2), 12);
    expect(new RecordView(record({ kind: 'crossEntropy', box: 'mse' })).baseline.known).toBe(false);
  });

  it('the layers of one do not stand before those of another', () => {
    const sizes = [1, 1, 10, 10, 0.01, 0.01];
    const view = new RecordView(record({ kind: 'crossEntropy', box: 'mse' }, { steps: 5, parameter: (_, depth) => ({ gradientNorm: sizes[depth] }) }));
    expect(breakOfProfile(view, { start: 0, end: 5 }, 'rises')).toMatchObject({ shallow: { path: 'model.layers.0' }, deep: { path: 'model.heads.box.0' } });
    expect(breakOfProfile(view, { start: 0, end: 5 }, 'falls')).toMatchObject({ shallow: { path: 'model.layers.0' }, deep: { path: 'model.heads.kind.0' } });
  });
});
