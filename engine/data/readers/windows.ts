import { InputError } from '../../errors';
import type { Samples } from '../samples';
import { selectedRows } from '../samples';
import type { TextConfig } from '../schema';
import { textPieces } from '../text';
import { mustBeText } from '../tokens/texts';
import type { TextTransform } from '../tokens/tokens';
import type { TableOptions } from './table';

/** A longer line is read in parts. */
const longestLine = 1 << 22;

/** One long text as windows that follow each other; the label of a token is the token after it, as in language modelling. */
export async function readWindows(source: TextConfig, options: TableOptions): Promise<Samples> {
  const file = source.text;
  const text = mustBeText(options.text, file);
  const { length } = text;
  if (!options.targets[0].classes) throw new InputError('is read as tokens that follow each other: what is predicted is the next one, a class, which needs the loss crossEntropy.', { file });
  const wanted = ((source.offset ?? 0) + (source.limit ?? Infinity)) * length + 1;
  const tokens = await tokensOf(file, text, wanted, options);
  const windows = Math.floor((tokens.length - 1) / length);
  if (windows < 1) throw new InputError(`has ${tokens.length} tokens; a sample of ${length} and the one after it need ${length + 1}.`, { file });
  const [start, end] = selectedRows(windows, source, file);
  return {
    count: end - start,
    features: { type: 'int32', dims: [length], source: { kind: 'memory', data: tokens.subarray(start * length, end * length), width: length }, steps: [], tokens: new Uint32Array(end - start).fill(length) },
    labels: [{ dims: [length], data: tokens.subarray(start * length + 1, end * length + 1), tokens: true }],
    locate: (sample, part, element) => ({ place: { file }, what: `token ${(start + sample) * length + element + Number(part === 'label')}` }),
  };
}

/** Line by line: no token reaches over the end of one, wherever the file is cut into pieces. */
async function tokensOf(file: string, { read }: TextTransform, wanted: number, options: TableOptions): Promise<Int32Array> {
  let tokens = new Int32Array(1 << 16);
  let count = 0;
  const add = (line: string): void => {
    const found = read(line);
    if (count + found.length > tokens.length) {
      const room = Math.max(2 * tokens.length, count + found.length);
      if (4 * room > options.memory) throw new InputError(`has more tokens than fit into memory (${Math.floor(options.memory / 4)}); "limit" takes the first samples of it.`, { file });
      const grown = new Int32Array(room);
      grown.set(tokens);
      tokens = grown;
    }
    tokens.set(found, count);
    count += found.length;
  };
  let rest = '';
  for await (const piece of textPieces(file, options)) {
    const lines = (rest + piece).split(/(?<=\n)/);
    rest = lines.at(-1)!.length > longestLine ? '' : lines.pop()!;
    lines.forEach(add);
    if (count >= wanted) return tokens.subarray(0, wanted);
  }
  add(rest);
  return tokens.subarray(0, Math.min(count, wanted));
}
