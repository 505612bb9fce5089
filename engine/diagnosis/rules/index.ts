import { adamBeta2Horizon } from './adamBeta2Horizon';
import { adamBetaOrder } from './adamBetaOrder';
import { adamBiasCorrection } from './adamBiasCorrection';
import { adamDecoupledSecondMoment } from './adamDecoupledSecondMoment';
import { adamEdgeOfStability } from './adamEdgeOfStability';
import { adamEpsilonDominates } from './adamEpsilonDominates';
import { adamEpsilonTooSmall } from './adamEpsilonTooSmall';
import { adamNoiseScale } from './adamNoiseScale';
import { adamNoWarmup } from './adamNoWarmup';
import { adamOvershoot } from './adamOvershoot';
import { adamSecondMomentForgets } from './adamSecondMomentForgets';
import { adamSignalToNoise } from './adamSignalToNoise';
import { adamStaleSecondMoment } from './adamStaleSecondMoment';
import { adamUncorrelatedUpdate } from './adamUncorrelatedUpdate';
import { clipFraction } from './clipFraction';
import { constantFeature } from './constantFeature';
import { dataScale } from './dataScale';
import { deadUnits } from './deadUnits';
import { gradientExploding } from './gradientExploding';
import { gradientVanishing } from './gradientVanishing';
import { labelImbalance } from './labelImbalance';
import { labelRange } from './labelRange';
import { lossNotDecreasing } from './lossNotDecreasing';
import { lossOscillating } from './lossOscillating';
import { lossOutputMismatch } from './lossOutputMismatch';
import { lossScaleOverflow } from './lossScaleOverflow';
import { lossSpike } from './lossSpike';
import { lrProposal } from './lrProposal';
import { nonFinite } from './nonFinite';
import { oneBatch } from './oneBatch';
import { overfitting } from './overfitting';
import { poorInitialisation } from './poorInitialisation';
import { saturatedUnits } from './saturatedUnits';
import { shuffledOrder } from './shuffledOrder';
import { slowConvergence } from './slowConvergence';
import { unchangedParameters } from './unchangedParameters';
import { updateRatio } from './updateRatio';
import type { Rule } from '../rule';

/** Every rule. A new one is a file, a line here, a page in docs/rules and a case in the tests. */
export const rules: readonly Rule[] = [
  lossOutputMismatch,
  labelRange,
  dataScale,
  constantFeature,
  labelImbalance,
  shuffledOrder,
  oneBatch,
  nonFinite,
  lossScaleOverflow,
  gradientExploding,
  gradientVanishing,
  adamEdgeOfStability,
  adamEpsilonDominates,
  adamBetaOrder,
  adamBeta2Horizon,
  adamBiasCorrection,
  adamEpsilonTooSmall,
  adamNoWarmup,
  adamStaleSecondMoment,
  adamDecoupledSecondMoment,
  adamSecondMomentForgets,
  adamUncorrelatedUpdate,
  adamOvershoot,
  adamSignalToNoise,
  adamNoiseScale,
  lrProposal,
  updateRatio,
  deadUnits,
  saturatedUnits,
  poorInitialisation,
  unchangedParameters,
  slowConvergence,
  lossNotDecreasing,
  lossOscillating,
  lossSpike,
  clipFraction,
  overfitting,
];
