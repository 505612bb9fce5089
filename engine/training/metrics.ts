/** What a batch scored, beside its loss. `output` is samples x classes (x positions), or samples x targets. */
export type MetricName = 'accuracy' | 'mae';

export const metricOf = (loss: string): MetricName => (loss === 'crossEntropy' || loss === 'bceWithLogits' ? 'accuracy' : 'mae');

/** Mean over the batch; outputs of a classifier are logits, as the loss takes them. */
export function measure(loss: string, output: Float32Array, labels: Float32Array | Int32Array, samples: number): number {
  if (loss === 'crossEntropy') return classAccuracy(output, labels, samples);
  if (loss === 'bceWithLogits') return mean(labels.length, (i) => Number(output[i] > 0 === labels[i] > 0.5));
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
