/** Dynamic loss scaling (Micikevicius et al. 2018, "Mixed Precision Training"), with the rule and the defaults of torch.amp.GradScaler. */

export interface LossScale {
  /** What the loss's gradient is multiplied by on its way back. */
  lossScale: number;
  /** Steps since the scale changed. */
  cleanSteps: number;
  /** Steps without an update in the whole run: their gradient was not finite. */
  skippedSteps: number;
}

export const initialScale: Readonly<LossScale> = { lossScale: 65536, cleanSteps: 0, skippedSteps: 0 };

const growth = 2;
const backoff = 0.5;
export const growthInterval = 2000;

/** After a step whose gradient was finite or not; a scale that float32 cannot hold stays. */
export function afterGradient({ lossScale, cleanSteps, skippedSteps }: LossScale, finite: boolean, interval = growthInterval): LossScale {
  if (!finite) return { lossScale: lossScale * backoff, cleanSteps: 0, skippedSteps: skippedSteps + 1 };
  if (cleanSteps + 1 < interval) return { lossScale, cleanSteps: cleanSteps + 1, skippedSteps };
  return { lossScale: Number.isFinite(Math.fround(lossScale * growth)) ? lossScale * growth : lossScale, cleanSteps: 0, skippedSteps };
}

/** Whether a gradient that is not finite at this scale is one without any scaling: a smaller scale would only lose what is small. */
export const isLeast = (lossScale: number): boolean => lossScale * backoff < 1;
