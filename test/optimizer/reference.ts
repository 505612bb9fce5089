/**
 * The update formulas of torch.optim in float64, element by element, written from PyTorch's documentation, and of the papers where PyTorch has none; independently of the engine.
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
  momentumDecay?: number;
  rho?: number;
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
      const d = g.map((x, i) => x + weightDecay * w[i]);
      v = (v ?? zeros(w)).map((x, i) => alpha * x + (1 - alpha) * d[i] ** 2);
      mean = (mean ?? zeros(w)).map((x, i) => alpha * x + (1 - alpha) * d[i]);
      const u = d.map((x, i) => x / (Math.sqrt(centered ? v[i] - mean[i] ** 2 : v[i]) + epsilon));
      buffer = (buffer ?? zeros(w)).map((x, i) => momentum * x + u[i]);
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

const zeros = (w: number[]) => w.map(() => 0);
const norm = (x: number[]) => Math.hypot(...x);

/** The moments of Adam; `step` makes the update of them. */
function withMoments(
  { beta1 = 0.9, beta2 = 0.999, weightDecay = 0 }: Options, step: (at: { w: number[]; d: number[]; m: number[]; v: number[]; t: number; lr: number; start1: number; start2: number }) => number[],
): Reference {
  let m: number[] | undefined, v: number[] | undefined;
  return (w, g, t, lr) => {
    const d = g.map((x, i) => x + weightDecay * w[i]);
    m = (m ?? zeros(w)).map((x, i) => beta1 * x + (1 - beta1) * d[i]);
    v = (v ?? zeros(w)).map((x, i) => beta2 * x + (1 - beta2) * d[i] ** 2);
    return { ...apply(w, step({ w, d, m, v, t, lr, start1: 1 - beta1 ** t, start2: 1 - beta2 ** t })), first: m, second: v };
  };
}

Object.assign(references, {
  nadam: (o: Options) => {
    const { beta1 = 0.9, epsilon = 1e-8, momentumDecay = 4e-3 } = o;
    const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    let product = 1;
    return withMoments(o, ({ d, m, v, t, lr, start2 }) => {
      product *= mu(t);
      return m.map((x, i) => (lr * ((mu(t + 1) * x) / (1 - product * mu(t + 1)) + ((1 - mu(t)) * d[i]) / (1 - product))) / (Math.sqrt(v[i] / start2) + epsilon));
    });
  },
  radam: (o: Options) => {
    const { beta2 = 0.999, epsilon = 1e-8 } = o;
    const infinity = 2 / (1 - beta2) - 1;
    return withMoments(o, ({ m, v, t, lr, start1, start2 }) => {
      const rho = infinity - (2 * t * beta2 ** t) / start2;
      const r = Math.sqrt(((rho - 4) * (rho - 2) * infinity) / ((infinity - 4) * (infinity - 2) * rho));
      return m.map((x, i) => (lr * x) / start1 * (rho > 5 ? (r * Math.sqrt(start2)) / (Math.sqrt(v[i]) + epsilon) : 1));
    });
  },
  adamax: ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: Options) => {
    let m: number[] | undefined, u: number[] | undefined;
    return (w: number[], g: number[], t: number, lr: number) => {
      const d = g.map((x, i) => x + weightDecay * w[i]);
      m = (m ?? zeros(w)).map((x, i) => beta1 * x + (1 - beta1) * d[i]);
      u = (u ?? zeros(w)).map((x, i) => Math.max(beta2 * x, Math.abs(d[i]) + epsilon));
      return { ...apply(w, m.map((x, i) => (lr * x) / ((1 - beta1 ** t) * u![i]))), first: m, second: u.map((x) => x * x) };
    };
  },
  adadelta: ({ rho = 0.9, epsilon = 1e-6, weightDecay = 0 }: Options) => {
    let v: number[] | undefined, u: number[] | undefined;
    return (w: number[], g: number[], _t: number, lr: number) => {
      const d = g.map((x, i) => x + weightDecay * w[i]);
      v = (v ?? zeros(w)).map((x, i) => rho * x + (1 - rho) * d[i] ** 2);
      const change = d.map((x, i) => (Math.sqrt((u?.[i] ?? 0) + epsilon) / Math.sqrt(v![i] + epsilon)) * x);
      u = (u ?? zeros(w)).map((x, i) => rho * x + (1 - rho) * change[i] ** 2);
      return { ...apply(w, change.map((x) => lr * x)), second: v };
    };
  },
  /** Chen et al. 2023, algorithm 2. */
  lion: ({ beta1 = 0.9, beta2 = 0.99, weightDecay = 0 }: Options) => {
    let m: number[] | undefined;
    return (w: number[], g: number[], _t: number, lr: number) => {
      const last = m ?? zeros(w);
      w.forEach((x, i) => (w[i] = x - lr * weightDecay * x));
      m = last.map((x, i) => beta2 * x + (1 - beta2) * g[i]);
      return { ...apply(w, last.map((x, i) => lr * Math.sign(beta1 * x + (1 - beta1) * g[i]))), first: m };
    };
  },
  /** You et al. 2020, algorithm 2, with phi the identity; the ratio is 1 where a norm is 0. */
  lamb: ({ weightDecay = 0.01, ...o }: Options) => withMoments(o, ({ w, m, v, lr, start1, start2 }) => {
    const direction = m.map((x, i) => x / start1 / (Math.sqrt(v[i] / start2) + (o.epsilon ?? 1e-6)) + weightDecay * w[i]);
    const ratio = norm(w) > 0 && norm(direction) > 0 ? norm(w) / norm(direction) : 1;
    return direction.map((u) => lr * ratio * u);
  }),
  /** Wortsman et al. 2023, algorithm 2. Its averages with beta hat are those of Adam, corrected for their start. */
  stableadamw: ({ weightDecay = 0.01, ...o }: Options) => withMoments({ beta2: 0.99, ...o }, ({ w, d, m, v, lr, start1, start2 }) => {
    const { epsilon = 1e-6 } = o;
    const rms = Math.sqrt(v.reduce((sum, x, i) => sum + d[i] ** 2 / Math.max(x / start2, epsilon ** 2), 0) / v.length);
    const rate = lr / Math.max(1, rms);
    w.forEach((x, i) => (w[i] = x - rate * weightDecay * x));
    return m.map((x, i) => (rate * (x / start1)) / (Math.sqrt(v[i] / start2) + epsilon));
  }),
});

function adamFamily({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, amsgrad = false, biasCorrection = true }: Options, decoupled: boolean): Reference {
  let m: number[], v: number[], largest: number[];
  return (w, g, t, lr) => {
    const d = decoupled ? g : g.map((x, i) => x + weightDecay * w[i]);
    if (decoupled) w.forEach((x, i) => (w[i] = x - lr * weightDecay * x));
    m = (m ?? zeros(w)).map((x, i) => beta1 * x + (1 - beta1) * d[i]);
    v = (v ?? zeros(w)).map((x, i) => beta2 * x + (1 - beta2) * d[i] ** 2);
    largest = (largest ?? zeros(w)).map((x, i) => Math.max(x, v[i]));
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
