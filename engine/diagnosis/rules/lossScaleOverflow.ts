import { isSkipped } from '../../run/record';
import type { Remedy } from '../finding';
import { formatNumber, percent } from '../numbers';
import { clipGradient } from '../remedies/clip';
import { standardizeInputs } from '../remedies/data';
import { useful } from '../remedies/edits';
import { smallerLearningRate } from '../remedies/learningRate';
import { rule, type Measured } from '../rule';
import { firstAndLast, shareOf, windows } from '../windows';

/** Steps that are judged together, after as many that are not: a scale that starts too large comes down by skipping. */
const length = 50;

const inFloat32: Remedy = { title: 'Set precision to float32: its range has no need of a scale', edits: [{ path: 'precision', value: 'float32' }] };

export const lossScaleOverflow = rule({
  id: 'loss-scale-overflow',
  title: 'Gradients overflow float16 again and again',
  defaults: {
    // Share of skipped steps. A scale that grows every 2000 steps causes one skip in 2000 by itself [PyTorch, GradScaler]; three in 50 have brought it down by a factor of 8 [derived].
    share: 0.05,
    // Loss scale below which gradients of 2^-24 / 16 = 4e-9, and what is smaller, are zero in float16: a hint [derived].
    scale: 16,
  },
  check(view, { share, scale: least }) {
    const { attempts } = view;
    const skipped = (i: number): boolean => isSkipped(attempts[i]);
    const shareAt = (i: number): number => shareOf({ start: Math.max(0, i + 1 - length), end: i + 1 }, skipped);
    const found = firstAndLast(windows(attempts.length, 2 * length, length), (window) => shareOf(window, skipped) > share);
    const fallen = attempts.findIndex(({ lossScale = Infinity }) => lossScale < least);
    if (!found && fallen < 0) return [];
    const start = found ? found.first.start : fallen;
    const end = found ? found.last.end : attempts.length;
    const { step } = attempts[start];
    const value = found ? shareOf(found.first, skipped) : attempts[fallen].lossScale!;
    const scaleNow = formatNumber(attempts[end - 1].lossScale!);
    const measured = view.measured.findLastIndex((record) => record.step <= step);
    const evidence: Measured = found
      ? { label: 'share of steps that are skipped', value, threshold: share, comparison: 'above', curve: { at: attempts, value: shareAt } }
      : { label: 'loss scale', value, threshold: least, comparison: 'below', series: { of: 'step', quantity: 'lossScale' } };
    return [{
      severity: found ? 'warning' : 'information',
      title: found ? `${percent(value)} of the steps overflow float16` : `The loss scale has fallen to ${formatNumber(value)}`,
      explanation: found
        ? `From step ${step} on gradients leave the range of float16 (65504) so often that ${percent(value)} of the steps are skipped; the loss scale is ${scaleNow} at step ${attempts[end - 1].step}. Scaling alone skips one step in 2000: here the gradient itself jumps.`
        : `From step ${step} on the loss's gradient is multiplied by less than ${formatNumber(least)}, since larger scales overflowed. What is smaller than ${formatNumber(2 ** -24 / value)} is zero in float16 on its way back, so that layers with small gradients learn nothing.`,
      target: { path: 'precision' },
      step,
      lastStep: attempts[end - 1].step,
      ...(found && { confidence: value }),
      evidence: [evidence],
      remedies: useful(view, [
        ...(found ? smallerLearningRate(view, { start: Math.max(0, measured - 4), end: Math.max(1, measured) }) : []),
        standardizeInputs(view), clipGradient(view, view.steps.findLastIndex((record) => record.step <= step) + 1), inFloat32,
      ]),
    }];
  },
});
