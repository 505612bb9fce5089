/**
 * The update formulas of torch.optim in float64, element by element, written from PyTorch's documentation and independently of the engine.
 * Arrays are plain numbers; `state` is created on the first call.
 */
export interface Step {
  /** Update without decoupled decay. */
  update: number[];
  /** First and second moment after the step, where there are any. */
  first?: number[];
  second?: number[];
}

interface Options {
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
  weightDecay?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  amsgrad?: boolean;
  biasCorrection?: boolean;
  alpha?: number;
  centered?: boolean;
  learningRateDecay?: number;
  initialAccumulatorValue?: number;
}

export type Reference = (w: number[], g: number[], t: number, lr: number) => Step;

export const references: Record<string, (o: Options) => Reference> = {
  sgd: ({ momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 }) => {
    let buffer: number[] | undefined;
    return (w, g, _t, lr) => {
      let d = g.map((x, i) => x + weightDecay * w[i]);
      if (momentum) {
        const last = buffer;
        const next = d.map((x, i) => (last ? momentum * last[i] + (1 - dampening) * x : x));
        d = nesterov ? d.map((x, i) => x + momentum * next[i]) : next;
        buffer = next;
      }
      return { ...apply(w, d.map((x) => lr * x)), first: buffer };
    };
  },
  adam: (o) => adamFamily(o, false),
  adamw: (o) => adamFamily({ weightDecay: 1e-2, ...o }, true),
  rmsprop: ({ alpha = 0.99, epsilon = 1e-8, momentum = 0, centered = false, weightDecay = 0 }) => {
    let v: number[], mean: number[], buffer: number[];
    return (w, g, _t, lr) => {
      const zeros = w.map(() => 0);
      const d = g.map((x, i) => x + weightDecay * w[i]);
      v = (v ?? zeros).map((x, i) => alpha * x + (1 - alpha) * d[i] ** 2);
      mean = (mean ?? zeros).map((x, i) => alpha * x + (1 - alpha) * d[i]);
      const u = d.map((x, i) => x / (Math.sqrt(centered ? v[i] - mean[i] ** 2 : v[i]) + epsilon));
      buffer = (buffer ?? zeros).map((x, i) => momentum * x + u[i]);
      return { ...apply(w, buffer.map((x) => lr * x)), first: momentum ? buffer : centered ? mean : undefined, second: v };
    };
  },
  adagrad: ({ learningRateDecay = 0, initialAccumulatorValue = 0, epsilon = 1e-10, weightDecay = 0 }) => {
    let sum: number[];
    return (w, g, t, lr) => {
      const d = g.map((x, i) => x + weightDecay * w[i]);
      sum = (sum ?? w.map(() => initialAccumulatorValue)).map((x, i) => x + d[i] ** 2);
      const rate = lr / (1 + (t - 1) * learningRateDecay);
      return { ...apply(w, d.map((x, i) => (rate * x) / (Math.sqrt(sum[i]) + epsilon))), second: sum };
    };
  },
};

function adamFamily({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, amsgrad = false, biasCorrection = true }: Options, decoupled: boolean): Reference {
  let m: number[], v: number[], largest: number[];
  return (w, g, t, lr) => {
    const zeros = w.map(() => 0);
    const d = decoupled ? g : g.map((x, i) => x + weightDecay * w[i]);
    if (decoupled) w.forEach((x, i) => (w[i] = x - lr * weightDecay * x));
    m = (m ?? zeros).map((x, i) => beta1 * x + (1 - beta1) * d[i]);
    v = (v ?? zeros).map((x, i) => beta2 * x + (1 - beta2) * d[i] ** 2);
    largest = (largest ?? zeros).map((x, i) => Math.max(x, v[i]));
    const second = amsgrad ? largest : v;
    const [start1, start2] = biasCorrection ? [1 - beta1 ** t, 1 - beta2 ** t] : [1, 1];
    const update = m.map((x, i) => (lr * (x / start1)) / (Math.sqrt(second[i] / start2) + epsilon));
    return { ...apply(w, update), first: m, second };
  };
}

function apply(w: number[], update: number[]): Step {
  update.forEach((d, i) => (w[i] -= d));
  return { update };
}
