import { adamEdgeOfStability } from './adamEdgeOfStability';
import { adamEpsilonDominates } from './adamEpsilonDominates';
import { deadUnits } from './deadUnits';
import { gradientExploding } from './gradientExploding';
import { gradientVanishing } from './gradientVanishing';
import { lossNotDecreasing } from './lossNotDecreasing';
import { lossOscillating } from './lossOscillating';
import { nonFinite } from './nonFinite';
import { overfitting } from './overfitting';
import { updateRatio } from './updateRatio';
import type { Rule } from '../rule';

/** Every rule. A new one is a file, a line here, a page in docs/rules and a case in the tests. */
export const rules: readonly Rule[] = [
  nonFinite,
  gradientExploding,
  gradientVanishing,
  adamEdgeOfStability,
  adamEpsilonDominates,
  updateRatio,
  deadUnits,
  lossNotDecreasing,
  lossOscillating,
  overfitting,
];
