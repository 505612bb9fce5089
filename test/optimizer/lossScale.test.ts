import { expect, it } from 'vitest';
import { afterGradient, initialScale, isLeast, type LossScale } from '../../engine/optimizer/lossScale';

/** Finite (1) or not (0), one after the other. */
const run = (finite: number[], interval?: number): LossScale[] => {
  let state: LossScale = initialScale;
  return finite.map((each) => (state = afterGradient(state, each === 1, interval)));
};

// torch.amp.GradScaler(init_scale=65536, growth_factor=2, backoff_factor=0.5, growth_interval=3), as its documentation states.
it('doubles after so many clean steps in a row and is halved by an overflow', () => {
  expect(run([1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0], 3).map(({ lossScale }) => lossScale)).toEqual([1, 1, 2, 2, 2, 1, 1, 1, 2, 1, 0.5].map((factor) => 65536 * factor));
});

it('waits for 2000 steps by default, and an overflow begins the count anew', () => {
  expect(run(Array<number>(2000).fill(1)).map(({ lossScale }) => lossScale)).toEqual([...Array<number>(1999).fill(65536), 131072]);
  expect(run([...Array<number>(1999).fill(1), 0, 1]).at(-1)).toEqual({ lossScale: 32768, cleanSteps: 1, skippedSteps: 1 });
});

it('stays within float32', () => expect(afterGradient({ lossScale: 2 ** 127, cleanSteps: 0, skippedSteps: 0 }, true, 1).lossScale).toBe(2 ** 127));

it('can fall from 65536 sixteen times before it is least', () => {
  const scales = run(Array<number>(17).fill(0)).map(({ lossScale }) => lossScale);
  expect(scales.findIndex(isLeast)).toBe(15);
  expect(scales[15]).toBe(1);
});
