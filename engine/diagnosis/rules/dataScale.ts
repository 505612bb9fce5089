import type { DataSummary } from '../../run/record';
import { formatNumber } from '../numbers';
import { scalePixels, standardizeInputs } from '../remedies/data';
import { useful } from '../remedies/edits';
import { rule, type Measured } from '../rule';
import { beforeFirstStep, staysUnlearnt } from '../static';
import { lossOf, type RecordView } from '../view';

/** Initialisers and learning rates are made for inputs of mean 0 and variance 1 (LeCun et al. 1998, "Efficient BackProp"). */
export const dataScale = rule({
  id: 'data-scale',
  title: 'Inputs out of scale',
  defaults: {
    // Root mean square of all inputs [derived]; UMLAUT warns outside -1 to 1, which digits of 0 to 16 leave without harm.
    large: 10,
    small: 0.01,
    // Mean over standard deviation [derived]; SageMaker Debugger's 0.2 for the mean of images is passed by every unshifted image.
    offset: 5,
    // Largest over smallest standard deviation of a feature, of inputs that leave -1 to 1: where all lie within, the small ones are pixels that are
    // rarely lit. Without that 24 of 60 calibration runs on digits of 0 to 1 had this finding, and in 20 faulty ones it stood above their fault [calibrated].
    spread: 100,
    // First loss over its expected value, from which on the scale does harm [SageMaker Debugger, poor initialisation].
    initialLossRatio: 2,
  },
  check(view, thresholds) {
    const { data } = view.header;
    // Ids have no scale.
    if (!data || data.input.type === 'int32') return [];
    const faults = faultsOf(data, thresholds);
    if (faults.length === 0) return [];
    const [first] = faults;
    const { input, samples } = data;
    return [{
      severity: doesHarm(view, thresholds.initialLossRatio) ? 'warning' : 'information',
      title: first.title,
      explanation: `The inputs of ${samples} training samples have mean ${formatNumber(input.mean)} and standard deviation ${formatNumber(input.std)}, from ${formatNumber(input.min)} to ${formatNumber(input.max)}${input.spread > thresholds.spread ? `, and their features differ ${formatNumber(input.spread)} times in spread` : ''}. `
        + first.why,
      target: { path: 'data' },
      ...beforeFirstStep,
      evidence: faults.map(({ evidence }) => evidence),
      remedies: useful(view, [scalePixels(view), standardizeInputs(view)]),
    }];
  },
});

type Limits = { large: number; small: number; offset: number; spread: number };

interface Fault {
  title: string;
  why: string;
  evidence: Measured;
}

function faultsOf({ input: { mean, std, min, max, spread, features } }: DataSummary, limits: Limits): Fault[] {
  const size = Math.hypot(mean, std);
  const offset = Math.abs(mean) / std;
  const faults: (Fault | false)[] = [
    size > limits.large && {
      title: `Inputs are large: about ${formatNumber(size)}`,
      why: 'Weights are initialised for inputs of size 1, so that the first layer, its gradients and the loss start that many times too large.',
      evidence: { label: 'root mean square of the inputs', value: size, threshold: limits.large, comparison: 'above' },
    },
    size < limits.small && {
      title: `Inputs are small: about ${formatNumber(size)}`,
      why: 'Weights are initialised for inputs of size 1, so that almost nothing of the inputs reaches the output.',
      evidence: { label: 'root mean square of the inputs', value: size, threshold: limits.small, comparison: 'below' },
    },
    features > 1 && spread > limits.spread && Math.max(-min, max) > 1 && {
      title: 'Features differ in scale',
      why: 'One learning rate cannot fit them all: the largest feature decides what is stable, the smallest is not learnt.',
      evidence: { label: 'largest over smallest standard deviation of a feature', value: spread, threshold: limits.spread, comparison: 'above' },
    },
    std > 0 && offset > limits.offset && {
      title: 'Inputs are far from 0',
      why: 'What they share outweighs what tells them apart, and the loss becomes a narrow valley.',
      evidence: { label: 'mean of the inputs over their standard deviation', value: offset, threshold: limits.offset, comparison: 'above' },
    },
  ];
  return faults.filter((fault) => fault !== false);
}

const doesHarm = (view: RecordView, ratio: number): boolean =>
  (view.baseline.known && view.steps.length > 0 && lossOf(view.steps[0]) > ratio * view.baseline.loss) || staysUnlearnt(view);
