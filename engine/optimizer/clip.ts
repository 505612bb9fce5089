import type { ClipConfig } from './schema';

/** Limits on the gradient: torch.nn.utils.clip_grad_norm_ and clip_grad_value_, and AutoClip (Seetharaman et al. 2020). */
export interface Clipping {
  /** What the gradient is multiplied by, and then limited to. */
  scale: number;
  limit: number;
}

/** Past norms that a percentile is taken of. */
export const windowOf = ({ percentile, window = 100 }: ClipConfig): number => (percentile === undefined ? 0 : window);

/** `past`: the norms of the last steps, a ring with one place more for how many there have been; the present one is added. */
export function clipping(clip: ClipConfig | undefined, norm: () => number, past: Float32Array | undefined): Clipping {
  const limit = Math.fround(clip?.value ?? Infinity);
  if (clip?.globalNorm === undefined && !past) return { scale: 1, limit };
  const size = norm();
  let most = clip?.globalNorm ?? Infinity;
  if (past && clip?.percentile !== undefined) {
    const highest = percentileOf(past, size, clip.percentile);
    if (size > highest) most = Math.min(most, highest);
  }
  return { scale: Math.fround(Math.min(1, most / (size + 1e-6))), limit };
}

/** Adds a norm, unless it is not finite, and takes the percentile of all, by linear interpolation as NumPy does. */
function percentileOf(past: Float32Array, norm: number, percentile: number): number {
  const room = past.length - 1;
  if (Number.isFinite(Math.fround(norm))) {
    past[past[room] % room] = norm;
    // From the second round on the count only has to tell the place.
    past[room] = past[room] + 1 === 2 * room ? room : past[room] + 1;
  }
  const sorted = past.slice(0, Math.min(room, past[room])).sort();
  if (sorted.length === 0) return Infinity;
  const at = (percentile / 100) * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}
