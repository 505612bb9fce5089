/** How a quantity changes from layer to layer, and where most. */
import { branchOf, type Matrix, type RecordView } from './view';
import { median } from './statistics';
import type { Window } from './windows';

/** Two neighbouring matrices in forward order, and the size of the gradient of the shallower over that of the deeper. */
export interface Break {
  shallow: Matrix;
  deep: Matrix;
  ratio: number;
}

/**
 * The profile of gradient norms through depth, each per sqrt of its number of elements so that layers of different size compare, and the place where it falls (or
 * rises) most on the way back from the loss. Undefined for fewer than two matrices with a gradient.
 */
export function breakOfProfile(view: RecordView, window: Window, direction: 'falls' | 'rises'): Break | undefined {
  const norm = view.reader('gradientNorm');
  const sizes = view.matrices
    .map((matrix) => ({ matrix, size: median(view.series(window, (i) => norm(i, matrix.index))) / Math.sqrt(matrix.dims.reduce((product, dim) => product * dim, 1)) }))
    .filter(({ size }) => size >= 0 && Number.isFinite(size));
  const pairs = sizes.flatMap((deep, i): Break[] => {
    // The layers of another output stand beside, not before.
    const shallow = sizes.slice(0, i).findLast(({ matrix }) => [undefined, branchOf(deep.matrix)].includes(branchOf(matrix)));
    return shallow ? [{ shallow: shallow.matrix, deep: deep.matrix, ratio: shallow.size / deep.size }] : [];
  }).filter(({ ratio }) => !Number.isNaN(ratio));
  const worse = (a: Break, b: Break): boolean => (direction === 'falls' ? a.ratio < b.ratio : a.ratio > b.ratio);
  return pairs.reduce<Break | undefined>((found, pair) => (!found || worse(pair, found) ? pair : found), undefined);
}

/** The curve of that ratio over the measured steps. */
export function ratioAt(view: RecordView, { shallow, deep }: Break): (measured: number) => number {
  const norm = view.reader('gradientNorm');
  const scale = Math.sqrt(deep.dims.reduce((a, b) => a * b, 1) / shallow.dims.reduce((a, b) => a * b, 1));
  return (i) => (scale * norm(i, shallow.index)) / norm(i, deep.index);
}
