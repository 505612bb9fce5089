/** Ranges and ticks of axes. */

/** Smallest range of a logarithmic axis in decades: noise on a healthy run must look like noise. */
const MIN_DECADES = 2;

/** Range of a logarithmic axis around [low, high] > 0, widened to at least two decades, with a little air. */
export function logRange(low: number, high: number, minDecades = MIN_DECADES): [number, number] {
  if (!(low > 0 && high >= low)) return [1e-3, 1];
  let [from, to] = [Math.log10(low), Math.log10(high)];
  const missing = minDecades - (to - from);
  if (missing > 0) [from, to] = [from - missing / 2, to + missing / 2];
  const air = (to - from) * 0.06;
  return [10 ** (from - air), 10 ** (to + air)];
}

/** Range of a linear axis, with air; a constant series gets a range too. */
export function linearRange(low: number, high: number): [number, number] {
  if (!(high >= low)) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  const from = low - span * 0.06;
  return [low >= 0 && from < 0 ? 0 : from, high + span * 0.06];
}

/** At most `most` round steps of a linear axis: 1, 2, 2.5 or 5 times a power of ten apart. */
export function linearTicks(from: number, to: number, most: number): number[] {
  if (!(to > from)) return [from];
  const start = Math.floor(Math.log10((to - from) / most)) - 1;
  for (let power = start; ; power++) {
    for (const factor of [1, 2, 2.5, 5]) {
      const unit = factor * 10 ** power;
      const [first, last] = [Math.ceil(from / unit - 1e-9), Math.floor(to / unit + 1e-9)];
      if (last - first + 1 > most) continue;
      return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * unit).toPrecision(12)));
    }
  }
}

/** Powers of ten, thinned to `most`; where fewer than two fit, 1-2-5 steps. */
export function logTicks(from: number, to: number, most: number): number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  if (last - first >= 1) {
    const every = Math.max(1, Math.ceil((last - first + 1) / most));
    const ticks: number[] = [];
    for (let power = Math.ceil(first / every) * every; power <= last; power += every) ticks.push(Number(`1e${power}`));
    return ticks;
  }
  const fine: number[] = [];
  for (let power = first - 1; power <= last + 1; power++) {
    for (const digit of [1, 2, 5]) fine.push(Number(`${digit}e${power}`));
  }
  return fine.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}
