import { add, div, exp, fit, log, mul, neg, sub, sum } from '../gradient/expression';
import { allAxes, reduce } from '../gradient/reduce';
import type { Value } from '../gradient/value';
import { oneHot } from './ofClasses';
import { limited } from './probability';
import type { LossRule } from './rule';

/**
 * Labels: class ids [batch, ...]; output: logits [batch, classes, ...]. With target t = w (smoothed one-hot) and W = sum of the weights of the
 * labels: loss = -sum(t log softmax(x)) / W and dloss/dx = (softmax(x) sum_c(t) - t) / W, as torch.nn.CrossEntropyLoss(weight, label_smoothing).
 *
 * With `probabilities` the output x is not logits: p = x / sum(x), kept within its limits, takes the place of softmax(x), as Keras' categorical_crossentropy
 * does behind a sigmoid. Then with r = -t / p (0 beyond the limits), dloss/dx = (r - sum_c(r p)) / sum(x) / W.
 */
export const crossEntropy: LossRule = {
  labels: 'int32',
  undoes: ({ probabilities }) => (probabilities ? undefined : 'softmax'),
  labelDims(output) {
    if (output.length < 2 || output[1] < 2) throw new Error(`crossEntropy needs an output of [batch, classes] with 2 classes or more, but it is [${output.join(', ')}]; for one yes or no per sample use bceWithLogits`);
    return output.filter((_, axis) => axis !== 1);
  },
  build(output, labels, { labelSmoothing = 0, classWeights, probabilities = false }) {
    const [batch, classes, ...rest] = output.dims;
    const { builder } = output;
    const perClass = [1, classes, ...rest.map(() => 1)];
    const hot = oneHot(output, labels);
    const smoothed = labelSmoothing === 0 ? hot : add(mul(hot, 1 - labelSmoothing), labelSmoothing / classes);
    const weights = classWeights && builder.constant(classWeights, 'float32', perClass);
    const target = weights ? mul(smoothed, weights) : smoothed;
    const all = allAxes(output);
    const count = batch * rest.reduce((product, n) => product * n, 1);
    const average = (x: Value): Value => (weights ? div(x, sum(mul(hot, weights), all)) : mul(x, 1 / count));

    if (probabilities) {
      const total = sum(output, [1]);
      const normalized = div(output, total);
      const { value: p, inside } = limited(normalized);
      const r = mul(div(neg(target), p), inside);
      return {
        loss: fit(average(neg(sum(mul(target, log(p)), all))), []),
        gradient: average(div(sub(r, sum(mul(r, normalized), [1])), total)),
      };
    }
    // The largest logit is taken off by hand: not every device's ReduceLogSumExp does it.
    const shifted = sub(output, reduce('ReduceMax', output, [1]));
    const exponential = exp(shifted);
    const total = sum(exponential, [1]);
    const logProbability = sub(shifted, log(total));
    const probability = div(exponential, total);
    return {
      loss: fit(average(neg(sum(mul(target, logProbability), all))), []),
      gradient: average(sub(weights ? mul(probability, sum(target, [1])) : probability, target)),
    };
  },
};
