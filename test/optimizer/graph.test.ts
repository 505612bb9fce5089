import { Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Shapes } from '../../engine/gradient/value';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { gather, layoutOf } from '../../engine/optimizer/graph/layout';
import { addUpdate, numbersOf, planUpdate, resultOf, type UpdatePlan } from '../../engine/optimizer/graph/update';
import { createOptimizer, type Surroundings } from '../../engine/optimizer/optimizer';
import type { OptimizerConfig } from '../../engine/optimizer/schema';
import { parameterQuantities, type ParameterQuantity } from '../../engine/run/record';
import { allowFallback, createSession } from '../../engine/runtime/ort';
import { webgpu } from '../webgpu';
import { normals } from './data';

/** The update as a graph against the kernel: the same gradients into both, 20 steps, weights and every statistic. */

const shapesOf = (tensors: number) => [[3, 5], [1], [1025], [2, 1024], ...Array.from({ length: tensors - 4 }, (_, i) => [1 + (i % 7)])];

function updateGraph(plan: UpdatePlan): { graph: Graph; names: ReturnType<typeof addUpdate> } {
  const graph = Graph.create('update');
  const shapes: Shapes = new Map();
  const gradients = new Map(plan.layout.places.map(({ name, dims }) => {
    const input = graph.addInput(`${name}.gradient`, 'float32', dims);
    shapes.set(input, { type: 'float32', dims });
    return [name, input];
  }));
  return { graph, names: addUpdate(graph, shapes, 17, plan, gradients) };
}

async function compare(device: string, config: OptimizerConfig, surroundings: Surroundings = {}, steps = 20): Promise<void> {
  const parameters = shapesOf(6).map((dims, i) => ({ name: `p${i}`, dims, data: normals(1, 'weight', i, dims.reduce((a, b) => a * b, 1), 1e-3, i === 2 ? 1 : 0) }));
  const optimizer = await createOptimizer(config, parameters, surroundings);
  const layout = layoutOf(parameters);
  const plan = planUpdate(optimizer, layout, surroundings) as UpdatePlan;
  expect(plan).toBeTypeOf('object');
  const { graph, names } = updateGraph(plan);
  const session = await createSession(writeModel(graph, { opset: 17 }), device);
  const { store } = optimizer;
  const kinds = ['weight', ...plan.slots];
  const matrix = (kind: string) => new OrtTensor('float32', gather(layout, (name) => store.array(kind, name)), [layout.rows, 1024]);
  let state: Record<string, OrtTensor> = Object.fromEntries(names.state.map(({ slot, input }) => [input, matrix(slot)]));
  const numbers = numbersOf(plan, { step: 1, learningRate: 0 });
  const width = numbers.length / plan.groups.length;
  for (let step = 1; step <= steps; step++) {
    for (const [i, { name, data }] of parameters.entries()) store.gradient(name).set(normals(2 + step, 'gradient', i, data.length, 0.01).map((x, j) => (j % 5 === 2 ? 0 : x)));
    const options = { step, learningRate: (base: number) => base / step };
    const expected = new Float32Array(parameters.length * parameterQuantities.length), found = expected.slice();
    const gradients = Object.fromEntries(parameters.map(({ name, dims }) => [`${name}.gradient`, new OrtTensor('float32', store.gradient(name).slice(), dims)]));
    const ours = await session.run({
      ...state, ...gradients, [names.numbers]: new OrtTensor('float32', numbersOf(plan, options), [plan.groups.length, width]), [names.measured]: new OrtTensor('bool', Uint8Array.of(1), []),
    });
    const theirs = optimizer.step({ ...options, statistics: expected });
    const result = resultOf(plan, { ...options, statistics: found }, optimizer.corrections(step), ours[names.summary].data as Float32Array, ours[names.sums].data as Float32Array);
    expect(result.clipped).toBe(theirs.clipped);
    expect(Math.abs(result.gradientNorm / theirs.gradientNorm - 1)).toBeLessThan(1e-5);
    state = Object.fromEntries(names.state.map(({ input, output }) => [input, ours[output] as OrtTensor]));
    found.forEach((value, i) => {
      const name: ParameterQuantity = parameterQuantities[i % parameterQuantities.length];
      // A standard deviation is a difference of sums, whose error is relative to the largest element; a cosine is one of size 1.
      const row = i - (i % parameterQuantities.length);
      const scale = name.endsWith('Cosine') ? 1 : name === 'updateStd' ? expected[row + parameterQuantities.indexOf('updateNorm')] : Math.max(Math.abs(expected[i]), name === 'weightStd' ? 1e-3 : 0);
      const close = Object.is(value, expected[i]) || Math.abs(value - expected[i]) <= (name.endsWith('Std') ? 1e-3 : 5e-5) * scale;
      expect(close, `step ${step}: ${name} of p${Math.floor(i / parameterQuantities.length)} is ${value}, the kernel says ${expected[i]}`).toBe(true);
    });
  }
  for (const { slot, input } of names.state) {
    const expected = matrix(slot).data as Float32Array, found = state[input].data as Float32Array;
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expected.forEach((value, i) => expect(Math.abs(found[i] - value), `${slot} ${i}`).toBeLessThan(2e-6 * largest + (slot === 'weight' ? 2e-6 : 0)));
  }
  expect(kinds).toEqual(names.state.map(({ slot }) => slot));
  await session.release();
}

const groups = [{ parameters: ['p1', 'p3'], learningRate: 3e-4, weightDecay: 0 }];
const cases: [OptimizerConfig, Surroundings?][] = [
  [{ type: 'adam' }],
  [{ type: 'adam', weightDecay: 0.1, beta1: 0.4 }, { clip: { globalNorm: 0.3 } }],
  [{ type: 'adam', amsgrad: true, epsilon: 1e-3 }, { clip: { value: 0.01 } }],
  [{ type: 'adamw', weightDecay: 0.1 }, { groups }],
  [{ type: 'adamw', biasCorrection: false }, { clip: { globalNorm: 0.3, value: 0.002 } }],
  [{ type: 'sgd', learningRate: 0.1 }],
  [{ type: 'sgd', learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }, { groups }],
  [{ type: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true }],
];

describe('the update as a graph agrees with the kernel', () => {
  it.each(cases)('%j %j', (config, surroundings) => compare('cpu', config, surroundings));
});

describe.skipIf(!webgpu)('on WebGPU', () => {
  beforeAll(() => allowFallback(false));
  afterAll(() => allowFallback(true));
  it.each([cases[2], cases[3], cases[6]])('%j %j', (config, surroundings) => compare('webgpu', config, surroundings, 5), 240_000);
});

it('says why an update stays on the CPU', async () => {
  const parameter = { name: 'p', dims: [1], data: new Float32Array(1) };
  const layout = layoutOf([parameter]);
  const reason = async (config: OptimizerConfig, surroundings: Surroundings = {}) => planUpdate(await createOptimizer(config, [parameter], surroundings), layout, surroundings);
  expect(await reason({ type: 'lion' })).toBe('the optimizer "lion" has no update for GPUs');
  expect(await reason({ type: 'adam' }, { ema: { decay: 0.9 } })).toBe('"ema" is computed on the CPU');
  expect(await reason({ type: 'adam' }, { accumulates: true })).toBe('"accumulate" is computed on the CPU');
  const regularization = { l1: 0, l2: 0, parameters: ['*.weight'] };
  expect(await reason({ type: 'adam' }, { regularization: { ...regularization, l2: 1e-4 } })).toBe('"regularization.l2" is computed on the CPU');
  expect(await reason({ type: 'adam' }, { regularization: { ...regularization, mixup: 0.2 } })).toBeTypeOf('object');
  expect(planUpdate(await createOptimizer({ type: 'adam' }, [parameter]), { ...layout, rows: 300_000 }, {})).toMatch(/307 million parameters/);
});

it('does as many operations for 200 tensors as for 10, but for cutting the weights apart', async () => {
  const operations = async (tensors: number) => {
    const parameters = shapesOf(tensors).map((dims, i) => ({ name: `p${i}`, dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }));
    const plan = planUpdate(await createOptimizer({ type: 'adamw' }, parameters), layoutOf(parameters), {}) as UpdatePlan;
    const { graph } = updateGraph(plan);
    // A Reshape moves nothing.
    const nodes = graph.nodes.filter(({ opType }) => opType !== 'Reshape');
    const cuts = nodes.filter(({ opType, input }) => opType === 'Slice' && graph.producer(input[0])?.opType === 'Reshape').length;
    return { cuts, others: nodes.length - cuts, joins: nodes.filter(({ opType }) => opType === 'Concat').length };
  };
  const [few, many] = [await operations(10), await operations(200)];
  expect([few.cuts, many.cuts]).toEqual([10, 200]);
  expect(many).toMatchObject({ others: few.others, joins: few.joins });
  console.log(`an update of AdamW: ${few.others} operations for 10 and for 200 tensors, beside one that cuts each tensor out of the matrix`);
});
