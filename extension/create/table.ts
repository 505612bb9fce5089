import Papa from 'papaparse';

/** What is known of a column from the first rows. */
export interface Column {
  /** Name in the first row; where there is none, the index counted from 0. */
  name: string | number;
  numeric: boolean;
  integer: boolean;
  /** Different values among the rows looked at. */
  distinct: number;
  /** Markers of a missing value that occur: "", "?", "NA". */
  missing: string[];
}

export interface Table {
  columns: Column[];
  /** Rows looked at. */
  rows: number;
  header: boolean;
  delimiter: string;
}

const mostRows = 5000;
const missingMarkers = new Set(['', '?', 'NA', 'N/A', 'nan', 'NaN', 'null']);
const isNumber = (cell: string): boolean => cell.trim() !== '' && Number.isFinite(Number(cell));

/** Looks at the first rows of a CSV text; undefined where it is no table. */
export function describeTable(text: string): Table | undefined {
  const { data, meta } = Papa.parse<string[]>(text, { preview: mostRows + 1, skipEmptyLines: 'greedy' });
  const [first, ...rest] = data;
  if (!first || rest.length === 0) return undefined;
  // As in the engine: a first row without a number holds names.
  const header = !first.some(isNumber);
  const rows = (header ? rest : data).filter((row) => row.length === first.length);
  const columns = first.map((name, i): Column => {
    const cells = rows.map((row) => row[i].trim());
    const missing = [...new Set(cells.filter((cell) => missingMarkers.has(cell)))];
    const present = cells.filter((cell) => !missingMarkers.has(cell));
    return {
      name: header ? name : i,
      numeric: present.length > 0 && present.every(isNumber),
      integer: present.length > 0 && present.every((cell) => isNumber(cell) && Number.isInteger(Number(cell))),
      distinct: new Set(present).size,
      missing,
    };
  });
  return { columns, rows: rows.length, header, delimiter: meta.delimiter };
}

const labelNames = /^(target|label|labels|class|classes|y|output|species|quality|outcome|median_house_value|price)$/i;

/** The columns by how likely each is the label: one that is called so, then the last, then the rest from the end. */
export const labelCandidates = ({ columns }: Table): Column[] => {
  const named = columns.filter(({ name }) => typeof name === 'string' && labelNames.test(name));
  return [...new Set([...named, ...[...columns].reverse()])];
};

export type Task = { kind: 'classes'; classes: number } | { kind: 'number' };

/** Words are classes, and so are a few different whole numbers; everything else is a quantity. */
export const taskOf = ({ numeric, integer, distinct }: Column, rows: number): Task =>
  !numeric || (integer && distinct <= 20 && distinct * 5 <= rows) ? { kind: 'classes', classes: Math.max(2, distinct) } : { kind: 'number' };
