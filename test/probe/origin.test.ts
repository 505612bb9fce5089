import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import { Graph } from '../../engine/onnx/graph';
import { findOrigin } from '../../engine/probe/origin';
import { readRun } from '../../engine/run/folder';
import { train } from '../training/run';

/** A graph of one input, from its nodes; the last one's output is the loss. */
function traced(build: (graph: Graph) => string, x: number[], activations: string[] = []) {
  const graph = Graph.create('test');
  graph.addInput('x', 'float32', [x.length]);
  const loss = graph.add('ReduceSum', [build(graph)], { keepdims: 0 });
  return findOrigin({
    graph, opset: 17, feeds: { x: new Tensor('float32', Float32Array.from(x), [x.length]) }, inputs: ['x'], loss, gradients: [],
    activations: activations.map((value) => ({ layer: value, kind: 'any', dims: [], depth: 0, value, input: 'x' })),
  });
}

describe('the first operator that is not finite', () => {
  it('is found behind what it breaks', async () => {
    const found = await traced((graph) => {
      const grown = graph.add('Exp', [graph.add('Mul', ['x', 'x'])], {}, ['layer']);
      return graph.add('Sub', [grown, grown]);
    }, [1, -10], ['layer']);
    expect(found).toEqual({ operator: 'Exp', node: 'layer', pass: 'forward', layer: 'layer', output: 'Inf', inputs: [{ name: 'mul', low: 1, high: 100 }] });
  });

  it('is one that the loss depends on: infinity that is masked does no harm', async () => {
    const found = await traced((graph) => {
      const masked = graph.add('Where', [graph.add('Less', ['x', graph.constant(0)]), graph.constant([1]), graph.add('Reciprocal', [graph.add('Sub', ['x', 'x'])])]);
      return graph.add('Log', [graph.add('Mul', [masked, 'x'])]);
    }, [-1, -2]);
    expect(found).toMatchObject({ operator: 'Log', pass: 'loss', output: 'NaN', inputs: [{ low: -2, high: -1 }] });
  });

  it('is none where all is finite, and the data where they are not', async () => {
    expect(await traced((graph) => graph.add('Exp', ['x']), [1])).toBeUndefined();
    expect(await traced((graph) => graph.add('Exp', ['x']), [1, NaN])).toEqual({ operator: 'Input', node: 'x', pass: 'data', output: 'NaN', inputs: [] });
  });
});

describe('a run that overflows', () => {
  const overflowing = {
    model: { layers: [{ dense: 8 }, 'exponential', { dense: 1 }] },
    data: { train: { simulated: 'linear', samples: 64, features: 6, noise: 0.1 } },
    loss: 'mse', optimizer: { type: 'sgd', learningRate: 1 }, batchSize: 32, epochs: 20, device: 'cpu',
  };

  it('names the operator, its layer and what it was given', async () => {
    const { run, status, steps } = await train(overflowing);
    expect(status).toBe('diverged');
    const record = readRun(run);
    const found = record.steps.filter(({ origin }) => origin);
    expect(found).toHaveLength(1);
    const { origin, loss } = found[0];
    expect(Number.isFinite(loss) && found[0].step === steps).toBe(false);
    expect(origin).toMatchObject({ operator: 'Exp', pass: 'forward', layer: 'exponential1', output: 'Inf' });
    // float32 ends at 3.4e38: exp overflows from ln of that on.
    expect(origin!.inputs[0].high).toBeGreaterThan(Math.log(3.4028235e38));
    const finding = diagnose(record).find(({ rule }) => rule === 'non-finite')!;
    expect(finding.target.layer).toBe('exponential1');
    expect(finding.explanation).toMatch(/^Exp in exponential1 turned finite inputs \(.+ to .+\) into Inf at step \d+; /);
  });

  it('is left as it is by the search', async () => {
    const [searched, plain] = [await train(overflowing), await train({ ...overflowing, diagnose: { level: 'off' } })];
    const losses = (run: string): number[] => readRun(run).steps.map(({ loss }) => loss);
    expect(losses(searched.run)).toEqual(losses(plain.run));
    expect(readRun(plain.run).steps.some(({ origin }) => origin)).toBe(false);
  });
});
