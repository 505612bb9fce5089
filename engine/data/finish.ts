import { InputError } from '../errors';
import { type Location, type NumericArray, type Samples, elements, failAt } from './samples';

/** Applies `inputType` before the transforms: int32 inputs are whole numbers, float32 inputs are finite. */
export function prepareInputs(samples: Samples, type?: 'float32' | 'int32'): void {
  const { features } = samples;
  const { data } = features;
  if (type) features.type = type;
  if (features.type === 'float32') {
    if (data instanceof Int32Array) features.data = new Float64Array(data);
    const wrong = data instanceof Float32Array || data instanceof Float64Array ? firstNonFinite(data) : -1;
    if (wrong >= 0) failAt(locateInput(samples, wrong), `holds ${data[wrong]}; inputs must be finite.`);
    return;
  }
  if (features.columns?.some(({ categories }) => categories))
    throw new InputError('the transform oneHot needs float32 inputs, inputType asks for int32.', { file: samples.locate(0, 'input', 0).place.file });
  const result = new Int32Array(data);
  const wrong = result.findIndex((value, i) => value !== data[i]);
  if (wrong >= 0) failAt(locateInput(samples, wrong), `holds ${data[wrong]}; int32 inputs are whole numbers from -2147483648 to 2147483647.`);
  features.data = result;
}

/** The last step after the transforms: floats become float32. */
export function finishInputs(samples: Samples): void {
  const { data } = samples.features;
  if (data instanceof Uint8Array || data instanceof Int32Array) return;
  const result = data instanceof Float32Array ? data : new Float32Array(data);
  const large = firstNonFinite(result);
  if (large >= 0) failAt(locateInput(samples, large), 'holds a value that is beyond the range of float32 (3.4e38) after the transforms.');
  samples.features.data = result;
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
