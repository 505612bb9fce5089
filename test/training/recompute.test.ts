import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { buildModel, type Model } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { type Losses, resolveLoss } from '../../engine/loss';
import { type Graph, nodeInputs } from '../../engine/onnx/graph';
import { importModel } from '../../engine/onnx/import';
import { bytesOf } from '../../engine/onnx/tensor';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { inferShapes } from '../../engine/runtime/shapes';
import { trainingProgram, type ProgramOptions } from '../../engine/training/program';
import { createTrainingSession } from '../../engine/training/session';
import { shared } from '../shared';
import { webgpu } from '../webgpu';
import { stateful, train, weights } from './run';

const conv = (filters: number, options: object = {}): LayerEntry => ({ conv2d: { filters, kernel: 3, padding: 1, ...options } } as LayerEntry);
const repeat = (count: number, layers: LayerEntry[]): LayerEntry[] => Array.from({ length: count }, () => layers).flat();

interface Net {
  dims: number[];
  layers: LayerEntry[];
  heads?: Record<string, LayerEntry[]>;
  loss: Losses;
}

const nets: Record<string, Net> = {
  'convolutions with dropout': { dims: [2, 8, 8], layers: [...repeat(5, [conv(4), 'relu', { dropout: 0.2 }]), { maxPool2d: 2 }, 'flatten', { dense: 3 }], loss: { type: 'crossEntropy' } },
  'residual blocks with batch normalisation': {
    dims: [2, 8, 8],
    layers: [conv(4), 'batchNorm', 'relu', ...repeat(3, [{ residual: [conv(4, { bias: false }), 'batchNorm', 'relu', conv(4), 'batchNorm'] }, 'relu', { gaussianNoise: 0.1 }]), 'globalAveragePool', { dense: 3 }],
    loss: { type: 'crossEntropy' },
  },
  // 1 / x times y is a division of its own where nothing else reads 1 / x.
  'batch normalisation of few samples': { dims: [6], layers: [...repeat(4, [{ dense: 12 }, 'batchNorm', 'tanh']), { dense: 3 }], loss: { type: 'crossEntropy' } },
  'residual blocks with layer normalisation': { dims: [6, 8], layers: [...repeat(3, [{ residual: ['layerNorm', { dense: 16 }, 'gelu', { dense: 8 }] }]), 'flatten', { dense: 3 }], loss: { type: 'crossEntropy' } },
  'several outputs': {
    dims: [2, 8, 8], layers: [...repeat(3, [conv(4), 'batchNorm', 'relu']), 'flatten', { dense: 8 }, 'gelu'],
    heads: { kind: [{ dense: 8 }, 'relu', { dense: 3 }], box: [{ dense: 6 }, 'tanh', { dense: 4 }] },
    loss: { kind: { type: 'crossEntropy' }, box: { type: 'huber', weight: 0.5 } } as unknown as Losses,
  },
};

const modelOf = ({ dims, layers, heads }: Net): Model => buildModel(layers, { type: 'float32', dims }, 0, heads);

/** Weights and running statistics after some steps, as bytes; activations are measured on the way. */
async function trained(model: Model, loss: Losses, options: ProgramOptions, { batch = 6, device = 'cpu' } = {}): Promise<string[]> {
  const optimizer = await createOptimizer({ type: 'adam', learningRate: 0.01 } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: model.graph.tensor(name)!.data as Float32Array })));
  const { store } = optimizer;
  const buffers = new Map(model.buffers.map((name) => [name, Float32Array.from(model.graph.tensor(name)!.data as Float32Array)]));
  const session = await createTrainingSession(model, loss, batch, device, store, buffers, options);
  const random = new Random(1, 'data');
  session.inputs[0].forEach((_, i, input) => (input[i] = random.normal()));
  session.labels.forEach((_, i, labels) => (labels[i] = i % 2));
  session.mixing?.partners.reverse();
  session.mixing?.share.fill(0.7);
  const measured: Float32Array[] = [];
  for (let step = 1; step <= 4; step++) {
    const { activations } = await session.run({ seed: 5, step, measureActivations: true });
    if (activations) measured.push(activations.slice());
    optimizer.step({ step, learningRate: 0.01 });
  }
  await session.release();
  const all = [...store.names.flatMap((name) => [store.gradient(name), store.weight(name)]), ...buffers.values(), ...measured];
  expect(all.every((array) => array.every(Number.isFinite))).toBe(true);
  return all.map((array) => Buffer.from(array.slice().buffer).toString('hex'));
}

const programOf = (model: Model, loss: Losses, batch: number, options: ProgramOptions) => trainingProgram(model, loss, batch, model.parameters.map(({ name }) => name), options);
/** What is computed a second time. */
const repeated = (graph: Graph): number => graph.nodes.filter(({ output }) => output[0].endsWith('_again')).length;

describe('the same weights, running statistics and measurements with and without, bit for bit', () => {
  it.each(Object.keys(nets))('%s', async (name) => {
    const [model, { loss }] = [modelOf(nets[name]), nets[name]];
    const plain = await trained(model, loss, {});
    for (const recompute of [true, 2, 3]) {
      expect(repeated((await programOf(model, loss, 6, { recompute })).graph)).toBeGreaterThan(2);
      expect(await trained(model, loss, { recompute })).toEqual(plain);
    }
  });

  it.each<[string, ProgramOptions]>([['mixed samples', { mixed: true }], ['float16', { precision: { emulated: true } }]])('with %s', async (_, options) => {
    for (const { loss, ...net } of Object.values(nets)) {
      const model = modelOf({ loss, ...net });
      expect(await trained(model, loss, { ...options, recompute: true })).toEqual(await trained(model, loss, options));
    }
  });

  it('in a run, with a smaller last batch', async () => {
    const model = { layers: [...stateful.model.layers.slice(0, -1), { dense: 12 }, 'batchNorm', 'relu', { dense: 1 }] };
    const [plain, again] = [await train({ ...stateful, model }), await train({ ...stateful, model, recompute: true })];
    expect(weights(again.run)).toEqual(weights(plain.run));
  });

  it.skipIf(!shared).each(['mlp_batchnorm1d', 'convnet', 'resnet_bn', 'transformer_enc'])('imported %s', async (name) => {
    const folder = path.join(shared!, 'refs', name);
    const x = readNpy(readFileSync(path.join(folder, 'x.npy')), 'x');
    const { model } = await importModel({ file: path.join(folder, 'train.onnx'), directory: folder }, { dims: [x.dims.slice(1)] });
    const loss = resolveLoss('crossEntropy');
    expect(repeated((await programOf(model, loss, x.dims[0], { recompute: true })).graph)).toBeGreaterThan(0);
    expect(await trained(model, loss, { recompute: true }, { batch: x.dims[0] })).toEqual(await trained(model, loss, {}, { batch: x.dims[0] }));
  });

  it.skipIf(!webgpu)('on WebGPU', async () => {
    const net = nets['residual blocks with batch normalisation'];
    const on = { device: 'webgpu' };
    expect(await trained(modelOf(net), net.loss, { recompute: true }, on)).toEqual(await trained(modelOf(net), net.loss, {}, on));
  }, 240_000);

  it.skipIf(!webgpu)('in a run whose weights stay on the GPU', async () => {
    const model = { layers: [...repeat(3, stateful.model.layers.slice(0, -1) as LayerEntry[]), { dense: 1 }] };
    const run = async (recompute: boolean) => weights((await train({ ...stateful, optimizer: { type: 'adam' }, model, device: 'webgpu', recompute })).run);
    expect(await run(true)).toEqual(await run(false));
  }, 240_000);
});

const deep: Net = { dims: [8, 32, 32], layers: [...repeat(16, [conv(8), 'relu']), 'globalAveragePool', { dense: 3 }], loss: { type: 'crossEntropy' } };

/** The nodes as onnxruntime runs them (`Graph::ReverseDFSFrom`): from each result, the last listed first, back to what it needs, again the last listed first. */
function executed(graph: Graph): Graph['nodes'] {
  const [done, order] = [new Set<unknown>(), [] as Graph['nodes']];
  const read = new Set(graph.nodes.flatMap(nodeInputs));
  const visit = (node: Graph['nodes'][number]): void => {
    if (done.has(node)) return;
    done.add(node);
    const before = new Set(nodeInputs(node).map((input) => graph.producer(input)));
    for (const each of graph.nodes.filter((candidate) => before.has(candidate)).reverse()) visit(each);
    order.push(node);
  };
  for (const node of graph.nodes.filter(({ output }) => !output.some((value) => read.has(value))).reverse()) visit(node);
  return order;
}

/** The most bytes that are alive at once, of values that are neither inputs nor outputs; a reshaped value is counted as one of its own. */
async function peakOf(model: Model, loss: Losses, batch: number, recompute: ProgramOptions['recompute']): Promise<number> {
  const { graph } = await programOf(model, loss, batch, { recompute });
  const inputs = graph.proto.input.map(({ name, type }) => {
    const { elemType, shape } = type!.value.value as { elemType: number; shape: { dim: { value: { value: bigint } }[] } };
    return { name, type: ({ 1: 'float32', 6: 'int32', 9: 'bool' } as const)[elemType]!, dims: shape.dim.map(({ value }) => Number(value.value)) };
  });
  const shapes = await inferShapes(graph, 17, inputs);
  const order = executed(graph);
  const results = new Set(graph.proto.output.map(({ name }) => name));
  const last = new Map(order.flatMap((node, i) => nodeInputs(node).map((value) => [value, i] as const)));
  let [alive, peak] = [0, 0];
  const size = (value: string): number => (value === '' || results.has(value) || !graph.producer(value) ? 0 : bytesOf(shapes.get(value)!));
  for (const [i, node] of order.entries()) {
    for (const value of node.output) alive += size(value);
    peak = Math.max(peak, alive);
    for (const value of new Set([...nodeInputs(node), ...node.output])) if ((last.get(value) ?? i) === i) alive -= size(value);
  }
  expect(alive).toBe(0);
  return peak;
}

describe('memory', () => {
  it('of a deep stack grows with the root of its depth', async () => {
    const [model, { loss }] = [modelOf(deep), deep];
    const activation = 4 * 8 * 8 * 32 * 32;
    const [plain, two, best] = [await peakOf(model, loss, 8, false), await peakOf(model, loss, 8, 2), await peakOf(model, loss, 8, true)];
    // Reverse passes of a convolution need some activations' worth besides. 16 are held; or half of them; or four and three, two, one at the cuts before them, and so on: 1 + 2 + ... + 5 > 15.
    expect((plain - best) / activation).toBeGreaterThanOrEqual(9);
    expect((plain - two) / activation).toBeGreaterThanOrEqual(6);
    expect(two).toBeGreaterThan(best);
  });

  it('of residual blocks falls as well', async () => {
    const { layers, ...net } = nets['residual blocks with batch normalisation'];
    const model = modelOf({ ...net, layers: [...repeat(3, layers.slice(0, -2)), ...layers.slice(-2)] });
    // Weights, labels and the reverse pass of one convolution need what they need.
    expect(await peakOf(model, net.loss, 32, true)).toBeLessThan(0.6 * await peakOf(model, net.loss, 32, false));
  });

  it('is really less: onnxruntime keeps the copies apart, and runs them late', async () => {
    const [model, { loss }, batch] = [modelOf(deep), deep, 256];
    /** What a step leaves in onnxruntime's arena, which gives nothing back before the session ends. */
    const taken = async (recompute: boolean): Promise<number> => {
      const { store } = await createOptimizer({ type: 'sgd' } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: model.graph.tensor(name)!.data as Float32Array })));
      const session = await createTrainingSession(model, loss, batch, 'cpu', store, new Map(), { recompute });
      const before = process.memoryUsage().rss;
      await session.run({ seed: 0, step: 1 });
      const after = process.memoryUsage().rss;
      await session.release();
      return after - before;
    };
    // Of the eleven activations of 8 MiB that it does without, some are lost in what the arena rounds up to and in the noise of this process.
    expect(await taken(false) - await taken(true)).toBeGreaterThan(5 * 4 * batch * 8 * 32 * 32);
  }, 240_000);

  it('is the same where there is nothing to cut, which a notice says', async () => {
    const notices: string[] = [];
    const run = (recompute: boolean) => train({ ...stateful, model: { layers: [{ dense: 1 }] }, recompute }, {}, (event) => event.type === 'notice' && notices.push(event.message));
    expect(weights((await run(true)).run)).toEqual(weights((await run(false)).run));
    expect(notices).toEqual([expect.stringMatching(/^recompute changes nothing: /)]);
  });
});
