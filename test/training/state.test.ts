import { expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import { readModel, writeModel } from '../../engine/onnx/model';
import { stateOf } from '../../engine/training/state';

it('holds the weights once: the model has them as they are now', async () => {
  const build = () => buildModel([{ dense: 4 }, 'batchNorm', { dense: 2 }], { type: 'float32', dims: [3] }, 0);
  const [model, untouched] = [build(), build()];
  Object.assign(model.parameters.find(({ name }) => name === 'dense1.weight')!, { frozen: true });
  const { optimizer: { store }, buffers } = await stateOf(model, { type: 'adam' });
  expect(store.names).toEqual(model.parameters.map(({ name }) => name).filter((name) => name !== 'dense1.weight'));
  const dataOf = (name: string) => model.graph.tensor(name)!.data as Float32Array;
  for (const { name } of model.parameters) {
    expect(dataOf(name).buffer === store.memory.buffer, name).toBe(name !== 'dense1.weight');
    expect(dataOf(name)).toEqual(untouched.graph.tensor(name)!.data);
  }
  store.weight('dense2.weight').fill(7);
  expect([...new Set(readModel(writeModel(model.graph, { opset: model.opset }), 'now').graph.tensor('dense2.weight')!.data as Float32Array)]).toEqual([7]);

  buffers.get('batchNorm1.running_mean')!.fill(7);
  expect([...new Set(dataOf('batchNorm1.running_mean'))]).toEqual([0]);
});
