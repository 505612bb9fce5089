/** L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) in the order of operations of torch.optim.LBFGS; vectors are of all parameters. */
import { strongWolfe, type Point } from './lineSearch';
import type { Search } from './rule';

interface Options {
  maxIterations: number;
  maxEvaluations?: number;
  toleranceGradient: number;
  toleranceChange: number;
  historySize: number;
}

/** Places in the global array `lbfgs`. */
const [ITERATIONS, COUNT, NEWEST, DIAGONAL, LENGTH] = [0, 1, 2, 3, 4];

/** Products y s of smaller size tell nothing of the curvature. */
const leastCurvature = 1e-10;

export async function lbfgsSearch({ config, learningRate, store, kernel, loss: startLoss, evaluate }: Search<Options>): Promise<void> {
  const { maxIterations, maxEvaluations = Math.floor(maxIterations * 1.25), toleranceGradient, toleranceChange, historySize } = config;
  const { length } = store.range('weight');
  const place = (kind: string): number => store.range(kind).address;
  const [weight, gradient, direction, previous, begin] = ['weight', 'gradient', 'd', 'prev_flat_grad', 'start'].map(place);
  const [state, ro] = [store.global('lbfgs'), store.global('ro')];
  const dot = (x: number, y: number): number => kernel.dot(x, y, length);
  const combine = (target: number, a: number, x: number, b = 0, y = x): void => kernel.combine(target, a, x, b, y, length);
  const copy = (target: number, source: number): void => combine(target, 1, source);
  const largest = (kind: string): number => Math.max(0, ...store.names.map((name) => store.array(kind, name).reduce((most, x) => (Math.abs(x) > most || Number.isNaN(x) ? Math.abs(x) : most), 0)));
  const total = (kind: string): number => store.names.reduce((sum, name) => sum + store.array(kind, name).reduce((part, x) => part + Math.abs(x), 0), 0);

  /** A point of the line search; its gradient is in a buffer of its own. */
  type Held = Point & { gradient: number };
  const buffers = ['gradient0', 'gradient1', 'gradient2'].map(place);
  const origin = place('iteration');

  copy(begin, weight);
  copy(place('start_gradient'), gradient);
  let loss = startLoss;
  let evaluations = 1;
  if (largest('gradient') <= toleranceGradient) return;

  for (let iteration = 1; ; iteration++) {
    const first = state[ITERATIONS]++ === 0;
    if (first) {
      combine(direction, -1, gradient);
      state[DIAGONAL] = 1;
    } else {
      remember();
      quasiNewton();
    }
    copy(previous, gradient);
    state[LENGTH] = first ? Math.min(1, 1 / total('gradient')) * learningRate : learningRate;
    const slope = dot(gradient, direction);
    if (!(slope <= -toleranceChange)) return;

    copy(origin, weight);
    copy(buffers[0], gradient);
    const before = loss;
    const found = await strongWolfe<Held>({
      start: { t: 0, loss, slope, gradient: buffers[0] },
      t: state[LENGTH],
      size: largest('d'),
      toleranceChange,
      async at(t, kept) {
        combine(weight, 1, origin, t, direction);
        const value = await evaluate();
        evaluations++;
        // Beyond what can be computed is beyond the minimum.
        const finite = Number.isFinite(value) ? value : Infinity;
        const free = buffers.find((buffer) => !kept.some((point) => point.gradient === buffer))!;
        copy(free, gradient);
        return { t, loss: finite, slope: dot(gradient, direction), gradient: free };
      },
    });
    state[LENGTH] = found.t;
    loss = found.loss;
    combine(weight, 1, origin, found.t, direction);
    copy(gradient, found.gradient);

    if (iteration === maxIterations || evaluations >= maxEvaluations || largest('gradient') <= toleranceGradient) return;
    if (found.t * largest('d') <= toleranceChange || Math.abs(loss - before) < toleranceChange || !Number.isFinite(loss)) return;
  }

  /** Keeps the last step s and what the gradient changed by, y; the oldest pair makes room. */
  function remember(): void {
    const slot = (state[NEWEST] + 1) % historySize;
    // The place of the oldest pair: where the new one tells nothing, a full history would lose it, so the pair is formed in buffers first.
    const [y, s] = [buffers[0], buffers[1]];
    combine(y, 1, gradient, -1, previous);
    combine(s, state[LENGTH], direction);
    const product = dot(y, s);
    if (!(product > leastCurvature)) return;
    copy(place(`old_dirs.${slot}`), y);
    copy(place(`old_stps.${slot}`), s);
    ro[slot] = 1 / product;
    state[NEWEST] = slot;
    state[COUNT] = Math.min(state[COUNT] + 1, historySize);
    state[DIAGONAL] = product / dot(y, y);
  }

  /** The direction -H g by the two loops over the pairs. */
  function quasiNewton(): void {
    const newestFirst = Array.from({ length: state[COUNT] }, (_, i) => (state[NEWEST] - i + historySize) % historySize);
    const alphas = new Map<number, number>();
    combine(direction, -1, gradient);
    for (const i of newestFirst) {
      const alpha = dot(place(`old_stps.${i}`), direction) * ro[i];
      alphas.set(i, alpha);
      combine(direction, 1, direction, -alpha, place(`old_dirs.${i}`));
    }
    combine(direction, state[DIAGONAL], direction);
    for (const i of newestFirst.reverse()) {
      const beta = dot(place(`old_dirs.${i}`), direction) * ro[i];
      combine(direction, 1, direction, alphas.get(i)! - beta, place(`old_stps.${i}`));
    }
  }
}
