import { AdamView } from '../adam';
import { useful } from '../remedies/edits';
import { stabilityLimit, learningRateFromSharpness } from '../remedies/learningRate';
import { formatNumber } from '../numbers';
import { rule } from '../rule';

export const adamEdgeOfStability = rule({
  id: 'adam-edge-of-stability',
  title: 'Learning rate at the edge of stability',
  defaults: {
    // Sharpness over (2 + 2 b1) / ((1 - b1) lr), from which on Adam is unstable [Cohen et al. 2022].
    unstable: 1,
    // A hint from here on [derived].
    near: 0.9,
  },
  check(view, { unstable, near }) {
    if (!AdamView.of(view)) return [];
    const limit = stabilityLimit(view);
    const measured = view.steps.flatMap((record, i) => (record.sharpness !== undefined && record.learningRate > 0
      ? [{ record, step: record.step, sharpness: view.sharpnessAsClipped(i), edge: limit / record.learningRate }]
      : []));
    const found = measured.filter(({ sharpness, edge }) => sharpness > near * edge);
    if (found.length === 0) return [];
    const first = found.find(({ sharpness, edge }) => sharpness > unstable * edge) ?? found[0];
    const isUnstable = first.sharpness > unstable * first.edge;
    return [{
      severity: isUnstable ? 'warning' : 'information',
      title: isUnstable ? 'Learning rate is beyond the edge of stability' : 'Learning rate is near the edge of stability',
      explanation: `The sharpness of the loss as Adam sees it${first.sharpness < 0.9 * first.record.sharpness! ? ', its gradients clipped,' : ''} is ${formatNumber(first.sharpness)} at step ${first.step}; ${formatNumber(first.edge)} is the most that is stable at this learning rate. `
        + (isUnstable ? 'Beyond it each step along the steepest direction overshoots by more than it came from.' : 'A little more and each step along the steepest direction overshoots.'),
      target: { path: 'optimizer.learningRate' },
      step: first.step,
      lastStep: found.at(-1)!.step,
      evidence: [{ label: 'sharpness over the stable limit', value: first.sharpness / first.edge, threshold: isUnstable ? unstable : near, comparison: 'above', curve: { at: measured.map(({ record }) => record), value: (i) => measured[i].sharpness / measured[i].edge } }],
      remedies: useful(view, [learningRateFromSharpness(view, first.sharpness)]),
    }];
  },
});
