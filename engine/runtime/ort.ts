import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors';

type Runtime = typeof Ort;
let loaded: Promise<Runtime> | undefined;

/**
 * Loads onnxruntime when it is first needed: it is a native library of tens of megabytes, and the extension host must never hold it.
 * Throws InputError where there is no binary for this platform.
 */
export function runtime(): Promise<Runtime> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Runtime> {
  try {
    const library = await import('onnxruntime-node');
    // Errors are thrown; what onnxruntime prints besides is of no use to a user.
    library.env.logLevel = 'fatal';
    return library;
  } catch (error) {
    throw new InputError(`onnxruntime has no usable binary for ${process.platform} ${process.arch} (${(error as Error).message.split('\n')[0]})`);
  }
}

let threads: number | undefined;

/** How many threads the operators of sessions that are made from now on may use; by default as many as there are cores. */
export const limitThreads = (count: number | undefined): void => void (threads = count);

let fallbackAllowed = true;

/** Whether operators that a device has no kernel for run on the CPU. Where that is forbidden, a session with such an operator is an error. */
export const allowFallback = (allowed: boolean): void => void (fallbackAllowed = allowed);

export interface SessionOptions {
  /** False for sessions that run once, where optimising costs more than it saves. */
  optimize?: boolean;
  /** The order in which the nodes are listed is kept on the CPU (`runAsAdded`): what rewrites transposes and reshapes, and what comes after that, lists nodes anew. */
  ordered?: boolean;
  /** Equal nodes stay several: what is computed again (`recompute`) would be the first copy, held. */
  repeats?: boolean;
  /** Outputs that stay on the device, to be fed into a later run. */
  resident?: readonly string[];
  /** Whether this session may run operators on the CPU that the device has no kernel for; default: what `allowFallback` says. */
  fallback?: boolean;
  /** What the name of the file begins with that onnxruntime writes the times of all operators to. */
  profile?: string;
}

/** Sessions that are built once per run. */
export async function createSession(model: Uint8Array, device = 'cpu', { optimize = true, ordered = false, repeats = false, resident = [], fallback = fallbackAllowed, profile }: SessionOptions = {}): Promise<Ort.InferenceSession> {
  const { InferenceSession } = await runtime();
  const inOrder = ordered && device === 'cpu';
  // The bits of a value must not depend on who else reads it, as those of 1/x times y would: it becomes y/x where nothing else reads 1/x.
  const without = [...(inOrder ? ['TransposeOptimizer', 'ReshapeFusion'] : []), ...(repeats ? ['CommonSubexpressionElimination'] : []), ...(ordered || repeats ? ['DivMulFusion'] : [])];
  const forbidden = device !== 'cpu' && !fallback;
  return InferenceSession.create(model, {
    executionProviders: device === 'cpu' ? ['cpu'] : fallback ? [device, 'cpu'] : [device],
    extra: {
      ...(forbidden && { session: { disable_cpu_ep_fallback: '1' } }),
      ...(without.length > 0 && { optimization: { disable_specified_optimizers: without.join(';') } }),
    },
    graphOptimizationLevel: !optimize ? 'disabled' : inOrder ? 'basic' : 'all',
    executionMode: 'sequential',
    // A plan of all of a run's memory is one piece that holds a third to a half more than what is reused as it falls free, and no faster.
    enableMemPattern: false,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    ...(device === 'webgpu' && { preferredOutputLocation: Object.fromEntries(resident.map((name) => [name, 'gpu-buffer' as const])) }),
    logSeverityLevel: 4,
  });
}
