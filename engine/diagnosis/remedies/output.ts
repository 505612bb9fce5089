/** What stands between the last weights and the loss. */
import type { Remedy } from '../finding';
import { formatNumber, round2 } from '../numbers';
import type { RecordView } from '../view';

/** The last dense layer written out, with options that it does not have yet. */
export function lastDense(view: RecordView, options: Record<string, unknown>): { path: string; value: unknown } | undefined {
  const path = view.matrices.at(-1)?.path;
  if (!path || view.typeAt(path) !== 'dense') return undefined;
  const written = view.config(`${path}.dense`);
  return { path, value: { dense: { ...(typeof written === 'number' ? { units: written } : (written as object)), ...options } } };
}

/**
 * Lets the output start at the mean of the labels and vary about as they do: the bias is what is learnt first, and it need not be learnt (Karpathy 2019, "init
 * well"). What enters the layer has size 1 at best, so that weights of standard deviation std / sqrt(fan-in) give the labels'.
 */
export function fitOutput(view: RecordView, mean: number, std: number): Remedy | undefined {
  const matrix = view.matrices.at(-1);
  if (!matrix) return undefined;
  const constant = round2(mean);
  const normal = round2(std / Math.sqrt(matrix.dims.slice(1).reduce((product, dim) => product * dim, 1)));
  const edit = lastDense(view, { initializer: { normal }, biasInitializer: { constant } });
  return edit && {
    title: `Let the output of ${matrix.layer} start at mean ${formatNumber(constant)}, its weights at standard deviation ${formatNumber(normal)}: the scale of the labels`,
    edits: [edit],
  };
}
