/** Elements of a row. Float32 sums over so many lose no digit that matters, and a short tensor wastes less than a row. */
export const rowLength = 1024;

/** Where a parameter lies: its elements fill `rows` rows from `row` on; the rest of the last one is zero and stays so. */
export interface Place {
  name: string;
  dims: number[];
  length: number;
  row: number;
  rows: number;
}

/** All parameters as one matrix [rows, rowLength], so that an update takes as many operations for a hundred tensors as for one. */
export interface Layout {
  rows: number;
  places: Place[];
}

export function layoutOf(parameters: readonly { name: string; dims: number[] }[]): Layout {
  let row = 0;
  const places = parameters.map(({ name, dims }) => {
    const length = dims.reduce((a, b) => a * b, 1);
    const place = { name, dims, length, row, rows: Math.ceil(length / rowLength) };
    row += place.rows;
    return place;
  });
  return { rows: row, places };
}

/** Copies arrays into the matrix. */
export function gather({ rows, places }: Layout, array: (name: string) => Float32Array): Float32Array {
  const matrix = new Float32Array(rows * rowLength);
  for (const { name, row } of places) matrix.set(array(name), row * rowLength);
  return matrix;
}

/** Copies the matrix back into the arrays. */
export function spread({ places }: Layout, matrix: Float32Array, array: (name: string) => Float32Array): void {
  for (const { name, row, length } of places) array(name).set(matrix.subarray(row * rowLength, row * rowLength + length));
}
