import { cpus } from 'node:os';
import { InputError, oneOf } from '../errors';
import type { DeviceInfo } from '../host/protocol';
import { Graph } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import type { MixedOptions } from '../onnx/mixedPrecision';
import { elementNumber } from '../onnx/tensor';
import { createSession, runtime } from './ort';

/** How weights, moments and running statistics stay on a device: from run to run in buffers of its own, which the binding has for WebGPU only, or for the steps of one ONNX Loop. */
export type Keeping = 'buffers' | 'loop';

/** Absent: every step's gradients come back, and the kernel updates. DirectML has no kernel for Loop: the CPU's takes what it carries back from the GPU after every step. */
const devices: Record<string, { title: string; keeps?: Keeping }> = {
  cpu: { title: 'CPU' },
  webgpu: { title: 'GPU through WebGPU', keeps: 'buffers' },
  cuda: { title: 'NVIDIA GPU through CUDA', keeps: 'loop' },
  dml: { title: 'GPU through DirectML' },
  coreml: { title: 'Apple CoreML' },
};

export const keepingOf = (device: string): Keeping | undefined => devices[device].keeps;

/** Devices that can be asked for in a run file. */
export const deviceNames = ['auto', ...Object.keys(devices)];

/** Every device and whether it works here: each is tried with a graph of one addition. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const list: DeviceInfo[] = [];
  // One after the other: two providers that start at once compete for the same adapter.
  for (const id of Object.keys(devices)) list.push(await describeDevice(id));
  return list;
}

/** Whether a device works here; the description says why not. */
export async function describeDevice(id: string): Promise<DeviceInfo> {
  const { listSupportedBackends } = await runtime();
  const { title } = devices[id];
  if (id === 'cpu') return { id, available: true, description: `${cpus().length} logical cores, ${cpus()[0]?.model.trim() ?? process.arch}` };
  if (!listSupportedBackends().some(({ name }) => name === id)) return { id, available: false, description: `${title}: not part of onnxruntime on ${process.platform} ${process.arch}` };
  const graph = Graph.create('probe');
  graph.addInput('x', 'float32', [1]);
  graph.addOutput(graph.add('Add', ['x', 'x'], {}, ['y']), 'float32', [1]);
  try {
    await (await createSession(writeModel(graph, { opset: 17 }), id)).release();
    return { id, available: true, description: title };
  } catch (error) {
    return { id, available: false, description: `${title}: ${reasonOf((error as Error).message)}` };
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

/**
 * How a device computes float16: by kernels of its own, or, on the CPU, which has none, in float32 that is rounded. Throws InputError where it cannot: WebGPU needs the adapter feature
 * shader-f16, which the binding does not tell, so that a product of two numbers is tried.
 */
export async function float16On(device: string): Promise<Pick<MixedOptions, 'emulated'>> {
  if (device === 'cpu') return { emulated: true };
  const graph = Graph.create('float16');
  graph.addInput('x', 'float32', [1, 1]);
  const half = graph.add('Cast', ['x'], { to: elementNumber('float16') });
  graph.addOutput(graph.add('Cast', [graph.add('MatMul', [half, half])], { to: elementNumber('float32') }, ['y']), 'float32', [1, 1]);
  const works = async (): Promise<boolean> => {
    const { Tensor } = await runtime();
    const session = await createSession(writeModel(graph, { opset: 17 }), device, { fallback: false });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1.5), [1, 1]) });
    await session.release();
    return y.data[0] === 2.25;
  };
  if (await works().catch(() => false)) return {};
  throw new InputError(`float16 is not possible on device "${device}" here${device === 'webgpu' ? ': its adapter lacks the feature shader-f16' : ''}; use "float32", or the device "cpu"`);
}
