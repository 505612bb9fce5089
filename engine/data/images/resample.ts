/**
 * Weights with which the samples of a line make those of a line of another length: bilinear, and where the line becomes shorter a triangle as wide as what falls
 * together, so that nothing is left out (Pillow's and torchvision's antialiased BILINEAR). `[first, weights...]` for each new sample.
 */
export function lineWeights(from: number, to: number): { first: number; weights: Float64Array }[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(from, Math.floor(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) => Math.max(0, 1 - Math.abs((first + k + 0.5 - centre) / support)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

/** Resizes planes of [height, width]; the arrays are its own and overwritten by the next call. */
export function resampler(planes: number, [height, width]: readonly [number, number], [newHeight, newWidth]: readonly [number, number]): (values: ArrayLike<number>) => Float64Array {
  const across = lineWeights(width, newWidth);
  const down = lineWeights(height, newHeight);
  const between = new Float64Array(planes * height * newWidth);
  const result = new Float64Array(planes * newHeight * newWidth);
  return (values) => {
    for (let row = 0, at = 0; row < planes * height; row++) {
      for (const { first, weights } of across) {
        let sum = 0;
        for (let k = 0, from = row * width + first; k < weights.length; k++) sum += weights[k] * values[from + k];
        between[at++] = sum;
      }
    }
    for (let plane = 0, at = 0; plane < planes; plane++) {
      for (const { first, weights } of down) {
        for (let x = 0; x < newWidth; x++) {
          let sum = 0;
          for (let k = 0, from = (plane * height + first) * newWidth + x; k < weights.length; k++, from += newWidth) sum += weights[k] * between[from];
          result[at++] = sum;
        }
      }
    }
    return result;
  };
}
