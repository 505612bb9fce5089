/** A quantity of the i-th of so many steps: computed once, however many windows ask for it. */
export function remembered(steps: number, compute: (i: number) => number): (i: number) => number {
  const values = new Float64Array(steps);
  const known = new Uint8Array(steps);
  return (i) => {
    if (known[i] === 0) {
      values[i] = compute(i);
      known[i] = 1;
    }
    return values[i];
  };
}
