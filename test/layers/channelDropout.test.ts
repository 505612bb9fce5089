import { describe, expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { resolveLoss } from '../../engine/loss';
import { lowerForEvaluation } from '../../engine/onnx/lower';
import { prune } from '../../engine/onnx/prune';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { createTrainingSession } from '../../engine/training/session';

const p = 0.25;
const [batch, channels] = [64, 16];
const start = { kernel: 1, filters: channels, groups: channels, bias: false, initializer: 'ones' };

/** Channels times one, then dropout: the output is the masked input. */
const cases: [string, LayerEntry[], number[]][] = [
  ['dropout1d', [{ conv1d: start }, { dropout1d: p }, 'flatten'], [channels, 5]],
  ['dropout2d', [{ conv2d: start }, { dropout2d: p }, 'flatten'], [channels, 3, 2]],
];

describe.each(cases)('%s', (_, layers, dims) => {
  const model = buildModel(layers, { type: 'float32', dims }, 0);
  const area = dims.slice(1).reduce((a, b) => a * b, 1);

  async function run(step: number): Promise<{ x: Float32Array; output: Float32Array; gradient: Float32Array }> {
    const { store } = await createOptimizer({ type: 'sgd' } as never, model.parameters.map(({ name, dims: own }) => ({ name, dims: own, data: model.graph.tensor(name)!.data as Float32Array })));
    const session = await createTrainingSession(model, resolveLoss('mse'), batch, 'cpu', store, new Map());
    const random = new Random(1, 'x');
    const x = session.inputs[0] as Float32Array;
    x.forEach((__, i) => (x[i] = 1 + random.uniform()));
    const { outputs: [output] } = await session.run({ seed: 3, step });
    return { x, output: output.slice(), gradient: store.gradient('conv1.weight').slice() };
  }

  it('drops whole channels of single samples, scales the others, and passes the gradient through them', async () => {
    const { x, output, gradient } = await run(1);
    let [kept, worst] = [0, 0];
    const expected = new Float64Array(channels);
    for (let i = 0; i < batch * channels; i++) {
      const dropped = output[i * area] === 0;
      kept += Number(!dropped);
      for (let j = i * area; j < (i + 1) * area; j++) {
        worst = Math.max(worst, Math.abs(output[j] - (dropped ? 0 : x[j] / (1 - p))));
        // Of the mean of squares: the labels are zero.
        expected[i % channels] += (2 * output[j] * (dropped ? 0 : x[j] / (1 - p))) / (batch * channels * area);
      }
    }
    expect(worst).toBeLessThan(1e-6);
    // 1,024 draws: five standard deviations of a share.
    expect(Math.abs(kept / (batch * channels) - (1 - p))).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / (batch * channels)));
    gradient.forEach((value, c) => expect(Math.abs(value - expected[c])).toBeLessThan(1e-5 * expected[c]));
  });

  it('depends on the step alone', async () => {
    const [one, again, two] = [await run(1), await run(1), await run(2)];
    expect(again.output).toEqual(one.output);
    expect(two.output).not.toEqual(one.output);
  });

  it('leaves nothing behind in the trained model', () => {
    const graph = lowerForEvaluation(model.graph);
    prune(graph);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Conv', 'Identity', 'Flatten', 'Identity']);
  });
});
