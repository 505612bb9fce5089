import { clearTotals, scan } from './measure';
import { BLOCK, Total, TOTALS } from './memory';

/** sum g^2, for clipping by the global norm, which must be known before the first update. */
export function gradientSquares(gradient: usize, length: usize): f64 {
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) scan(gradient + start, min(end - start, <usize>BLOCK));
  return f64.load(<usize>TOTALS + (<usize>Total.gradientSquares << 3));
}
