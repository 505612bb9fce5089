/** Two significant digits: more would claim a precision that no rule of thumb has. */
export const round2 = (value: number): number => Number(value.toPrecision(2));

/** For sentences: "0.0012", "1.4e-6", "214", "3.1e8". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 100 && size < 1e4) return String(Math.round(value));
  if (size >= 1e4 || (size < 1e-4 && size > 0)) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(round2(value));
}

/** A loss: neighbouring values must stay distinct. */
export const formatLoss = (value: number): string => (Math.abs(value) >= 1e-3 && Math.abs(value) < 1000 ? String(Number(value.toPrecision(3))) : formatNumber(value));

export const percent = (share: number): string => `${formatNumber(100 * share)} %`;
