import { Type } from 'typebox';
import { lbfgsSearch } from '../lbfgs';
import { count, number } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('lbfgs', { description: 'L-BFGS with a line search that meets the strong Wolfe conditions (Nocedal & Wright 2006), as torch.optim.LBFGS. Needs the whole training set in every step.' }),
    learningRate: number(1, 'First length that the line search tries, in units of the quasi-Newton step. Default 1, as in PyTorch.'),
    maxIterations: count(20, 'Quasi-Newton iterations, each with a line search, in one step.', 1),
    maxEvaluations: Type.Optional(Type.Integer({ minimum: 1, description: 'Evaluations of the loss after which no further iteration of a step begins. Default: 1.25 x maxIterations.' })),
    toleranceGradient: number(1e-7, 'A step ends where no element of the gradient is larger than this.'),
    toleranceChange: number(1e-9, 'A step ends where neither the weights nor the loss change by more than this.'),
    historySize: count(100, 'Updates that the curvature is estimated from; each takes twice the memory of the weights.', 1),
  },
  { additionalProperties: false, title: 'L-BFGS' },
);

const past = ({ historySize }: { historySize: number }): string[] => Array.from({ length: historySize }, (_, i) => [`old_dirs.${i}`, `old_stps.${i}`]).flat();

export const lbfgs = rule({
  schema,
  slots: (config) => ['d', 'prev_flat_grad', ...past(config)],
  scratch: () => ['start', 'start_gradient', 'iteration', 'gradient0', 'gradient1', 'gradient2'],
  globals: ({ historySize }) => ({ lbfgs: 5, ro: historySize }),
  search: lbfgsSearch,
});
