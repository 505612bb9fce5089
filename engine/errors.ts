/** A mistake of the user's: one sentence, printed without a stack trace; the command line exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  /** `place` is what the sentence starts with: a file, then a line and column where they are known ("digits.csv:12:3"). */
  constructor(message: string, readonly place?: Place) {
    super(place ? `${formatPlace(place)}: ${message}` : message);
  }
}

export interface Place {
  file: string;
  /** 1-based. */
  line?: number;
  /** 1-based. */
  column?: number;
}

export const formatPlace = (place: Place): string =>
  [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');

/** What was allowed, for the end of a sentence: "a, b or c". */
export const oneOf = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

/** A mistake at a key of the run file; whoever holds its text adds file, line and column. */
export class KeyError extends InputError {
  /** `path` is dotted: "model.layers.3". */
  constructor(readonly path: string, readonly sentence: string) {
    super(`${path}: ${sentence}`);
  }
}
