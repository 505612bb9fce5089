import { expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import { InputError } from '../../engine/errors';
import { chooseDevice, listDevices } from '../../engine/runtime/devices';
import { createTrainingSession } from '../../engine/training/session';

it('CoreML is for evaluation', async () => {
  const model = buildModel([{ dense: 2 }], { type: 'float32', dims: [3] }, 0);
  const weights = { names: ['dense1.weight', 'dense1.bias'], weight: (name: string) => model.graph.tensor(name)!.data as Float32Array };
  await expect(createTrainingSession(model, { type: 'crossEntropy' }, 4, 'coreml', weights as never, new Map())).rejects.toThrow(
    new InputError('device "coreml" evaluates trained models only, its weights do not change; train on auto, cpu, webgpu, cuda or dml'));
});

it('every device is listed, with the reason where it does not work', async () => {
  const devices = await listDevices();
  expect(devices.map(({ id }) => id)).toEqual(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
  for (const { id, available, description } of devices) {
    expect(description).toMatch(/\S/);
    // What is listed as missing is refused with the same reason.
    if (!available) await expect(chooseDevice(id)).rejects.toThrow(`device "${id}" cannot be used: ${description}`);
    else expect(await chooseDevice(id)).toEqual({ device: id, reason: 'asked for' });
  }
});
