import { InputError } from '../../errors';
import { elements } from '../samples';
import type { Fit } from './transform';

export const scale: Fit<number | { from: number[]; to: number[] }> = (config, train, file) => {
  const { factor, shift } = typeof config === 'number' ? { factor: config, shift: 0 } : line(config, file);
  const { dims, columns } = train.samples.features;
  const size = elements(dims);
  const numbers = Array.from({ length: size }, (_, j) => !columns?.[j].categories);
  const map = { scale: Float64Array.from(numbers, (number) => (number ? factor : 1)), shift: Float64Array.from(numbers, (number) => (number ? shift : 0)) };
  return () => ({ step: { op: 'affine', ...map } });
};

function line({ from: [low, high], to: [bottom, top] }: { from: number[]; to: number[] }, file: string): { factor: number; shift: number } {
  if (low === high) throw new InputError(`the transform scale has from [${low}, ${high}]; the two ends must differ.`, { file });
  const factor = (top - bottom) / (high - low);
  return { factor, shift: bottom - low * factor };
}
