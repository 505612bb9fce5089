import { boxesOf, byOutput, type LossConfig, type Losses, type LossOptions, lossType, type OneLossConfig, takesClasses } from '../loss';
import { type MetricName as Measured, named } from '../metrics/names';

/** What a batch scored, beside its loss. `output` is samples x classes (x positions), or samples x targets. */
export type MetricName = 'accuracy' | 'mae';

export const metricOf = (loss: OneLossConfig | LossOptions): MetricName => (takesClasses(loss) || /^bce/.test(lossType(loss)) ? 'accuracy' : 'mae');

/** What is measured on the validation set unless a run file says otherwise; the first is that of the batches. Of several outputs also their losses. */
export function usualMetrics(loss: LossConfig | Losses): Measured[] {
  const outputs = byOutput<OneLossConfig | LossOptions>(loss as LossOptions);
  return outputs.flatMap(({ output, loss: own }) => [
    named({ output }, metricOf(own)), ...(boxesOf(own) ? [named({ output }, 'iou')] : []), ...(outputs.length > 1 ? [named({ output }, 'loss')] : []),
  ]);
}

/** Mean over the batch. `output` is what the loss takes: where it is yes or no, logits are above 0 and numbers above 1/2. */
export function measure(loss: LossOptions, output: Float32Array, labels: Float32Array | Int32Array, samples: number): number {
  if (takesClasses(loss) && output.length > labels.length) return classAccuracy(output, labels, samples);
  const middle = loss.type === 'bceWithLogits' ? 0 : 0.5;
  if (metricOf(loss) === 'accuracy') return mean(labels.length, (i) => Number(output[i] > middle === labels[i] > 0.5));
  return mean(labels.length, (i) => Math.abs(output[i] - labels[i]));
}

function classAccuracy(output: Float32Array, labels: Float32Array | Int32Array, samples: number): number {
  const positions = labels.length / samples;
  const classes = output.length / labels.length;
  return mean(labels.length, (i) => {
    const start = Math.floor(i / positions) * classes * positions + (i % positions);
    let best = 0;
    for (let c = 1; c < classes; c++) if (output[start + c * positions] > output[start + best * positions]) best = c;
    return Number(best === labels[i]);
  });
}

function mean(count: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += value(i);
  return sum / count;
}
