/**
 * Series of any length in constant memory: a table of rows (one per series) whose columns each cover `stride` consecutive records by their
 * minimum and maximum. When all columns are used, neighbours are merged and the stride doubles, so an append costs O(rows) amortised, a spike is
 * never lost and a non-finite value keeps the step at which it was first seen. (LTTB and averaging both hide the spikes that matter here.)
 */
export class Bins {
  /** Filled columns; the last one may hold fewer than `stride` records. */
  columns = 0;
  stride = 1;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly count: Float64Array;
  /** Smallest finite value, +Infinity where none; column after column. */
  readonly low: Float32Array | Float64Array;
  /** Largest finite value, -Infinity where none. */
  readonly high: Float32Array | Float64Array;
  /** First step whose value was NaN or infinite; 0 where none. */
  readonly broken: Int32Array;
  /** Sum and number of finite values, kept only where a mean is drawn. */
  private readonly sum?: Float64Array;
  private readonly finite?: Float64Array;

  /** `capacity` is even. */
  constructor(readonly rows: number, readonly capacity: number, options: { exact?: boolean; mean?: boolean } = {}) {
    const cells = rows * capacity;
    const Values = options.exact ? Float64Array : Float32Array;
    this.first = new Float64Array(capacity);
    this.last = new Float64Array(capacity);
    this.count = new Float64Array(capacity);
    this.low = new Values(cells);
    this.high = new Values(cells);
    this.broken = new Int32Array(cells);
    if (options.mean) {
      this.sum = new Float64Array(cells);
      this.finite = new Float64Array(cells);
    }
  }

  /** Widens the columns of an empty table to what `records` appends would end with, which saves the merging on the way. */
  reserve(records: number): void {
    while (this.columns === 0 && this.stride * this.capacity < records) this.stride *= 2;
  }

  /** Opens the column that the record of `step` belongs to and returns where its cells start; `put` then fills them. */
  open(step: number): number {
    let column = this.columns - 1;
    if (column < 0 || this.count[column] >= this.stride) {
      if (this.columns === this.capacity) this.halve();
      column = this.columns - 1;
      if (column < 0 || this.count[column] >= this.stride) {
        column = this.columns++;
        this.first[column] = step;
        this.count[column] = 0;
        this.clear(column);
      }
    }
    this.last[column] = step;
    this.count[column]++;
    return column * this.rows;
  }

  /** Takes one value into a cell of the open column. */
  put(cell: number, value: number, step: number): void {
    if (value - value !== 0) {
      if (this.broken[cell] === 0) this.broken[cell] = step;
      return;
    }
    if (value < this.low[cell]) this.low[cell] = value;
    if (value > this.high[cell]) this.high[cell] = value;
    if (this.sum) {
      this.sum[cell] += value;
      this.finite![cell]++;
    }
  }

  append(step: number, values: ArrayLike<number>): void {
    const start = this.open(step);
    for (let row = 0; row < this.rows; row++) this.put(start + row, values[row], step);
  }

  /**
   * Takes `count` single-precision values at once: the hot path of 100,000 steps x 60 parameters x 16 quantities, kept free of property reads.
   * `absent[i]` is 1 where a NaN means "does not apply".
   */
  putMany(cell: number, values: Float32Array, from: number, count: number, step: number, absent: Uint8Array): void {
    const low = this.low as Float32Array;
    const high = this.high as Float32Array;
    const { broken } = this;
    for (let i = 0; i < count; i++) {
      const value = values[from + i];
      const to = cell + i;
      // Nearly always: neither a new extreme nor NaN, for which both comparisons are false.
      if (value >= low[to] && value <= high[to]) continue;
      if (value - value !== 0) {
        if (broken[to] === 0 && absent[i] === 0) broken[to] = step;
      } else {
        if (value < low[to]) low[to] = value;
        if (value > high[to]) high[to] = value;
      }
    }
  }

  /** Forgets the records from `step` on. A column that also covers earlier steps stays whole: they cannot be told apart any more. */
  truncate(step: number): void {
    while (this.columns > 0 && this.first[this.columns - 1] >= step) this.columns--;
    const column = this.columns - 1;
    if (column >= 0 && this.last[column] >= step) {
      this.last[column] = step - 1;
      this.count[column] = this.stride;
    }
  }

  /** Column that covers `step`, or the nearest before it; -1 when there is none. */
  columnAt(step: number): number {
    let from = 0;
    let to = this.columns;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.first[middle] <= step) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** Mean of the finite values of a cell, NaN where there is none; the middle of its range when no sums are kept. */
  mean(cell: number): number {
    if (this.sum) return this.sum[cell] / this.finite![cell];
    return this.low[cell] <= this.high[cell] ? (this.low[cell] + this.high[cell]) / 2 : NaN;
  }

  private clear(column: number): void {
    const [from, to] = [column * this.rows, (column + 1) * this.rows];
    this.low.fill(Infinity, from, to);
    this.high.fill(-Infinity, from, to);
    this.broken.fill(0, from, to);
    this.sum?.fill(0, from, to);
    this.finite?.fill(0, from, to);
  }

  private halve(): void {
    const { rows, low, high, broken, sum, finite } = this;
    const columns = Math.ceil(this.columns / 2);
    for (let column = 0; column < columns; column++) {
      const left = column * 2;
      const right = Math.min(left + 1, this.columns - 1);
      this.first[column] = this.first[left];
      this.last[column] = this.last[right];
      this.count[column] = right === left ? this.count[left] : this.count[left] + this.count[right];
      let to = column * rows;
      let a = left * rows;
      let b = right * rows;
      for (let row = 0; row < rows; row++, to++, a++, b++) {
        low[to] = low[b] < low[a] ? low[b] : low[a];
        high[to] = high[b] > high[a] ? high[b] : high[a];
        broken[to] = broken[a] || broken[b];
        if (sum && a !== b) {
          sum[to] = sum[a] + sum[b];
          finite![to] = finite![a] + finite![b];
        }
      }
    }
    this.columns = columns;
    this.stride *= 2;
  }
}
