import * as Type from 'typebox';
import { rules } from './rules';

const Severity = Type.Enum(['off', 'information', 'warning', 'error'], { description: '`off` silences the rule; a severity gives its findings that severity.' });

const Thresholds = Type.Object({}, {
  additionalProperties: Type.Number(),
  description: 'Thresholds that differ from the rule\'s own, by name. The page of the rule lists them.',
});

/** Fragment of the run file: how closely training is watched. */
export const Diagnose = Type.Object({
  level: Type.Enum(['off', 'light', 'standard', 'full'], {
    default: 'standard',
    description: 'How much is measured: `off` nothing and no findings; `light` loss and gradient norm, and every parameter at every 10th step; `standard` every parameter at every step (with more than 100,000 weights at the first 100 steps and every 5th later) and every activation at every 10th; `full` all of them at every step and, every 50 steps, histograms of |g| and sqrt(v) of every parameter. What each costs of a step is measured in docs/benchmarks.md.',
  }),
  rules: Type.Object(Object.fromEntries(rules.map(({ id, title }) => [id, Type.Optional(Type.Union([Severity, Thresholds], { description: `${title}: a severity, or an object of thresholds.` }))])), {
    default: {},
    additionalProperties: false,
    description: 'Rules that are judged otherwise than by default, by id: {"overfitting": "off"}, {"update-ratio": {"upper": 0.3}}.',
  }),
  oneBatch: Type.Boolean({
    default: false,
    description: 'Before the run the model learns 16 samples by heart, in at most 900 steps, from the same initial weights: one that cannot has a fault that neither data nor time mends.',
  }),
  sharpness: Type.Union([
    Type.Enum(['onFinding', 'off'], { description: '`onFinding` measures it once another rule has found a fault; `off` never does.' }),
    Type.Object({
      everySteps: Type.Integer({ minimum: 1, description: 'Updates between two measurements.' }),
    }, { additionalProperties: false, description: 'Measures it regularly.' }),
  ], {
    default: 'onFinding',
    description: 'When the largest eigenvalue of the preconditioned Hessian is measured. It costs about as much as 40 steps and gives the largest stable learning rate.',
  }),
}, { default: {}, additionalProperties: false, description: 'How closely training is watched, and which faults are reported.' });
