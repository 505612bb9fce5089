import { breakOfProfile, ratioAt } from '../profile';
import { useful } from '../remedies/edits';
import { initializeHe, insertBatchNorm, insertResidual, replaceStack, saturatingStack } from '../remedies/layers';
import { formatNumber } from '../numbers';
import { rule } from '../rule';
import { settled } from '../static';
import { median } from '../statistics';
import { lossOf } from '../view';
import { firstAndLast, mostly, shareOf, windows } from '../windows';

export const gradientVanishing = rule({
  id: 'gradient-vanishing',
  title: 'Gradient vanishes',
  defaults: {
    // Mean |g| of the first matrix over that of the last [AutoTrainer].
    ratio: 1e-3,
    // Mean |g| of the first matrix, together with the ratio [AutoTrainer].
    first: 1e-4,
    // Mean |g| of the first matrix, by itself [SageMaker Debugger, DeepDiagnosis].
    meanAbs: 1e-7,
    // A run that has brought its loss below this share of the untrained loss learns all the same [derived].
    lossShare: 0.5,
  },
  check(view, { ratio, first, meanAbs, lossShare }) {
    const shallow = view.matrices[0];
    const deep = view.matrices.at(-1);
    if (!shallow || shallow === deep || !deep) return [];
    const mean = view.reader('gradientMeanAbs');
    const zero = view.reader('gradientZeroShare');
    // Over the elements that have a gradient at all: unused rows of an embedding and constant inputs are no vanishing gradient.
    const size = (i: number, parameter: number): number => (zero(i, parameter) < 1 ? mean(i, parameter) / (1 - zero(i, parameter)) : 0);
    const vanishes = (i: number): boolean => {
      const value = size(i, shallow.index);
      return value < meanAbs || (value < first && value < ratio * size(i, deep.index));
    };
    const unlearnt = (i: number): boolean => lossOf(view.measured[i]) > lossShare * view.baseline.loss;
    const found = firstAndLast(windows(view.measured.length), (window) => mostly(window, vanishes) && mostly(window, unlearnt));
    if (!found) return [];
    // Every run has learnt nothing at first.
    const lasts = windows(view.measured.length).some((window) => view.measured[window.end - 1].step >= settled && mostly(window, vanishes) && mostly(window, unlearnt));
    const profile = breakOfProfile(view, found.first, 'falls');
    // Where every gradient is exactly 0 there is no ratio.
    const broken = profile && profile.ratio < 1 ? profile : undefined;
    const value = median(view.series(found.first, (i) => size(i, shallow.index)));
    const last = median(view.series(found.first, (i) => size(i, deep.index)));
    const stack = saturatingStack(view);
    const relus = view.activations(['relu']);
    const kinds = [...new Set(stack.map(({ kind }) => kind))].join(' and ');
    const dominated = value < meanAbs && value >= ratio * last;
    return [{
      severity: lasts ? 'warning' : 'information',
      title: `Gradient vanishes in ${shallow.name}`,
      explanation: `Its mean |g| is ${formatNumber(value)}, that of ${deep.name} is ${formatNumber(last)}${value > 0 ? `, ${formatNumber(last / value)} times as large` : ''}, from step ${view.measured[found.first.start].step} on${broken ? `; it falls most from ${broken.deep.layer} to ${broken.shallow.layer}` : ''}. `
        + (stack.length > 0
          ? `${stack.length === 1 ? `A ${kinds} layer multiplies` : `Each of ${stack.length} ${kinds} layers multiplies`} the gradient by a slope below 1 on its way back, so that the first layers hardly learn.`
          : 'The gradient shrinks on its way back, so that the first layers hardly learn.'),
      target: { path: stack[0]?.path ?? shallow.path ?? 'model', parameter: shallow.name, layer: shallow.layer },
      ...view.span(found),
      confidence: shareOf(found.first, vanishes),
      evidence: [dominated
        ? { label: `mean |g| of ${shallow.name}`, value, threshold: meanAbs, comparison: 'below', curve: { at: view.measured, value: (i) => size(i, shallow.index) } }
        : { label: `mean |g| of ${shallow.name} over ${deep.name}`, value: value / last, threshold: ratio, comparison: 'below', curve: { at: view.measured, value: (i) => size(i, shallow.index) / size(i, deep.index) } },
      ...(broken ? [{
        label: `gradient of ${broken.shallow.name} over that of ${broken.deep.name}, per sqrt of their size`, value: broken.ratio, threshold: 1, comparison: 'below' as const,
        curve: { at: view.measured, value: ratioAt(view, broken) },
      }] : [])],
      remedies: useful(view, [
        replaceStack(view, stack, 'selu', 'lecunNormal', 'they keep variance 1 from layer to layer'),
        stack.length === 0 ? replaceStack(view, relus, 'selu', 'lecunNormal', 'they keep variance 1 from layer to layer, and no unit dies') : undefined,
        insertBatchNorm(view, stack.length > 0 ? stack : relus),
        replaceStack(view, stack, 'relu', 'heNormal', 'its slope is 1 for every positive input'),
        stack.length === 0 ? initializeHe(view, view.matrices.slice(0, -1)) : undefined,
        insertResidual(view),
      ]),
    }];
  },
});
