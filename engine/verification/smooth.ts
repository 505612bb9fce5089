/** Updates of a range test for each factor of ten of the learning rate. */
export const perDecade = 25;

/** Mean over a fifth of a decade up to each point. */
export const smooth = (losses: readonly number[]): number[] => losses.map((_, i) => {
  const window = losses.slice(Math.max(0, i - perDecade / 5 + 1), i + 1);
  return window.reduce((sum, loss) => sum + loss, 0) / window.length;
});
