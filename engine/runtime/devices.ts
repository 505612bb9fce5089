import { cpus } from 'node:os';
import { InputError, oneOf } from '../errors';
import type { DeviceInfo } from '../host/protocol';
import { Graph } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import { createSession, runtime } from './ort';

const names: Record<string, string> = { cpu: 'CPU', webgpu: 'GPU through WebGPU', cuda: 'NVIDIA GPU through CUDA', dml: 'GPU through DirectML', coreml: 'Apple CoreML' };

/** Devices that can be asked for in a run file. */
export const deviceNames = ['auto', ...Object.keys(names)];

/** Every device and whether it works here: each is tried with a graph of one addition. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const devices: DeviceInfo[] = [];
  // One after the other: two providers that start at once compete for the same adapter.
  for (const id of Object.keys(names)) devices.push(await describeDevice(id));
  return devices;
}

/** Whether a device works here; the description says why not. */
export async function describeDevice(id: string): Promise<DeviceInfo> {
  const { listSupportedBackends } = await runtime();
  if (id === 'cpu') return { id, available: true, description: `${cpus().length} logical cores, ${cpus()[0]?.model.trim() ?? process.arch}` };
  if (!listSupportedBackends().some(({ name }) => name === id)) return { id, available: false, description: `${names[id]}: not part of onnxruntime on ${process.platform} ${process.arch}` };
  const graph = Graph.create('probe');
  graph.addInput('x', 'float32', [1]);
  graph.addOutput(graph.add('Add', ['x', 'x'], {}, ['y']), 'float32', [1]);
  try {
    await (await createSession(writeModel(graph, { opset: 17 }), id)).release();
    return { id, available: true, description: names[id] };
  } catch (error) {
    return { id, available: false, description: `${names[id]}: ${reasonOf((error as Error).message)}` };
  }
}

/** What onnxruntime's messages mean, where it is known. */
const reasons: [RegExp, string][] = [
  [/adapter|Vulkan/i, 'no graphics adapter or driver was found'],
  [/Failed to load shared library|providers_(shared|cuda)/, 'its libraries are not installed'],
];
const reasonOf = (message: string): string => reasons.find(([pattern]) => pattern.test(message))?.[1] ?? message.split('\n')[0].slice(0, 200);

/** Throws InputError for a device that can only evaluate: CoreML compiles a model with its weights in it. */
export function requireTraining(device: string): void {
  if (device === 'coreml') throw new InputError(`device "coreml" evaluates trained models only, its weights do not change; train on ${oneOf(deviceNames.filter((name) => name !== device))}`);
}

/** The device to train on and why. Throws InputError where the one asked for does not work here. */
export async function chooseDevice(wanted = 'auto'): Promise<{ device: string; reason: string }> {
  if (!deviceNames.includes(wanted)) throw new InputError(`device is "${wanted}"; allowed are ${oneOf(deviceNames)}`);
  if (wanted === 'auto') return { device: 'cpu', reason: 'auto: cpu, whose runs are the same on every machine; "webgpu" is worth a try for large models' };
  if (wanted === 'cpu') return { device: 'cpu', reason: 'asked for' };
  const { available, description } = await describeDevice(wanted);
  if (!available) throw new InputError(`device "${wanted}" cannot be used: ${description}`);
  return { device: wanted, reason: 'asked for' };
}
