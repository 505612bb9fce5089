import path from 'node:path';

/** Where in the run file a refused training is shown. */
export interface RefusalPlace {
  /** 0-based, where the sentence names a line of the run file itself. */
  line?: number;
  column?: number;
  /** Otherwise the key that names the file at fault. */
  path?: string;
  text: string;
}

/** Reads the place at the start of an engine's sentence: "digits.train.json:4:12: loss must be ..." or "digits.csv:12:3: ...". */
export function refusalPlace(message: string, runFile: string): RefusalPlace {
  const match = /^(.+?):(?:(\d+):(?:(\d+):)?)? ([\s\S]*)$/.exec(message);
  if (!match) return { line: 0, column: 0, text: message };
  const [, file, line, column, text] = match;
  if (path.basename(file) === path.basename(runFile)) return { line: Number(line ?? 1) - 1, column: Number(column ?? 1) - 1, text };
  if (!/\.\w+$/.test(file)) return { line: 0, column: 0, text: message };
  return { path: file.endsWith('.onnx') ? 'model' : 'data', text: message };
}
