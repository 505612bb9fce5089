import { InputError } from '../errors';
import { type Location, type NumericArray, type Samples, elements, failAt } from './samples';
import { openSource } from './sources/source';
import { isRandom, pipeline, ValueFault } from './transforms/step';

/** Applies `inputType` before the transforms: int32 inputs are whole numbers, float32 inputs are finite, or NaN where a transform fills in what is `missing`. */
export function prepareInputs(samples: Samples, type: 'float32' | 'int32' | undefined, missing: boolean): void {
  const { features } = samples;
  const { source } = features;
  if (type) features.type = type;
  if (features.type === 'int32' && features.columns?.some(({ categories }) => categories))
    throw new InputError('the transform oneHot needs float32 inputs, inputType asks for int32.', { file: samples.locate(0, 'input', 0).place.file });
  // What stays on the disk is checked when it is read.
  if (source.kind !== 'memory') return;
  const { data } = source;
  if (features.type === 'float32') {
    const wrong = data instanceof Float32Array || data instanceof Float64Array ? data.findIndex((value: number) => value - value !== 0 && !(missing && Number.isNaN(value))) : -1;
    if (wrong >= 0) failAt(locateInput(samples, wrong), `holds ${data[wrong]}; inputs must be finite.`);
    return;
  }
  if (data instanceof Int32Array) return;
  const result = new Int32Array(data);
  const wrong = result.findIndex((value, i) => value !== data[i]);
  if (wrong >= 0) failAt(locateInput(samples, wrong), `holds ${data[wrong]}; int32 inputs are whole numbers from -2147483648 to 2147483647.`);
  source.data = result;
}

/** The last thing after the transforms: floats in memory become float32, every step done that nothing is left to chance in; so do tokens, which stay int32. Bytes stay bytes. */
export function finishInputs(samples: Samples): void {
  const { features } = samples;
  const { source } = features;
  if (source.kind !== 'memory' || source.data instanceof Uint8Array || features.steps.some(isRandom)) return;
  const ids = features.type === 'int32';
  if (ids && features.steps.length === 0) return;
  const width = elements(features.dims);
  const result = features.steps.length === 0 && source.data instanceof Float32Array ? source.data : ids ? transformed(samples, width, Int32Array) : transformed(samples, width, Float32Array);
  const large = firstNonFinite(result);
  if (large >= 0) {
    const missing = Number.isNaN(result[large]);
    failAt(locateInput(samples, large), missing ? 'is missing, and no impute transform fills it in.' : 'holds a value that is beyond the range of float32 (3.4e38) after the transforms.');
  }
  features.source = { kind: 'memory', data: result, width };
  features.steps = [];
}

function transformed<T extends Float32Array | Int32Array>(samples: Samples, width: number, array: new (length: number) => T): T {
  const { features, count } = samples;
  const result = new array(count * width);
  const values = new Float64Array(features.source.width);
  const read = openSource(features.source);
  const run = pipeline(features.steps);
  for (let row = 0; row < count; row++) {
    read(row, values, 0);
    try {
      result.set(run(values), row * width);
    } catch (error) {
      if (error instanceof ValueFault) failAt(samples.locate(row, 'input', error.element), error.message);
      throw error;
    }
  }
  return result;
}

function firstNonFinite(data: NumericArray): number {
  for (let i = 0; i < data.length; i++) if (data[i] - data[i] !== 0) return i;
  return -1;
}

function locateInput(samples: Samples, index: number): Location {
  const { dims, columns } = samples.features;
  const size = elements(dims);
  const element = index % size;
  return samples.locate(Math.floor(index / size), 'input', columns?.[element].origin ?? element);
}
