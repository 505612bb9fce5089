/** Steps that treat chosen elements one by one. */
import { type Run, ValueFault } from './step';

/** Elements that a step changes. */
interface Chosen {
  elements: Int32Array;
}

/** Natural logarithm of value + offset. */
export interface Log extends Chosen {
  offset: number;
  /** As they were read, for errors. */
  origins: Int32Array;
}

export const log = ({ elements, offset, origins }: Log): Run => (values) => {
  for (let i = 0; i < elements.length; i++) {
    const value = values[elements[i]] + offset;
    if (value <= 0) throw new ValueFault(origins[i], `holds ${values[elements[i]]}, which has no logarithm${offset === 0 ? '; "offset": 1 takes that of value + 1' : ` with the offset ${offset}`}.`);
    values[elements[i]] = Math.log(value);
  }
  return values;
};

export interface Clip extends Chosen {
  low: Float64Array;
  high: Float64Array;
}

export const clip = ({ elements, low, high }: Clip): Run => (values) => {
  for (let i = 0; i < elements.length; i++) {
    const value = values[elements[i]];
    values[elements[i]] = value < low[i] ? low[i] : value > high[i] ? high[i] : value;
  }
  return values;
};

/** The number of edges that a value reaches: 0 below the first, as numpy.digitize. */
export interface Bucket extends Chosen {
  edges: Float64Array[];
}

export const bucket = ({ elements, edges }: Bucket): Run => (values) => {
  for (let i = 0; i < elements.length; i++) {
    const value = values[elements[i]];
    let index = 0;
    while (index < edges[i].length && value >= edges[i][index]) index++;
    values[elements[i]] = index;
  }
  return values;
};

/** Fills in what is missing; `indicators` of the elements are added at the end, 1 where something was. */
export interface Impute extends Chosen {
  fill: Float64Array;
  indicators: Int32Array;
  /** Of what enters. */
  width: number;
}

export const impute = ({ elements, fill, indicators, width }: Impute): Run => {
  const result = new Float64Array(width + indicators.length);
  return (values) => {
    result.set(values);
    for (let i = 0; i < indicators.length; i++) result[width + i] = Number(Number.isNaN(values[indicators[i]]));
    for (let i = 0; i < elements.length; i++) if (Number.isNaN(values[elements[i]])) result[elements[i]] = fill[i];
    return result;
  };
};

/** Ids of a source's categories become those of the training part. */
export interface Renumber extends Chosen {
  ids: Int32Array[];
  origins: Int32Array;
  /** What to say of an id that has none. */
  unknown: string[][];
}

export const renumber = ({ elements, ids, origins, unknown }: Renumber): Run => (values) => {
  for (let i = 0; i < elements.length; i++) {
    const old = values[elements[i]];
    const id = ids[i][old];
    if (id < 0) throw new ValueFault(origins[i], unknown[i][old]);
    values[elements[i]] = id;
  }
  return values;
};
