import { InputError } from '../../errors';
import type { Features } from '../samples';
import { Store } from '../sources/store';
import type { TextTransform } from './tokens';

/** Gathers texts as rows of tokens, one after the other. */
export class Texts {
  private readonly rows: Store;
  private readonly row: Int32Array;
  private tokens = new Uint32Array(1024);
  private count = 0;

  /** `memory`: bytes that the rows may take before they go to a temporary file; `file`: what errors start with. */
  constructor(private readonly transform: TextTransform, memory: number, file: string) {
    this.rows = new Store(memory, file, 'int32');
    this.row = new Int32Array(transform.length);
  }

  add(text: string): void {
    const { read, blank } = this.transform;
    const tokens = read(text);
    const count = Math.min(tokens.length, this.row.length);
    for (let i = 0; i < count; i++) this.row[i] = tokens[i];
    this.rows.add(this.row.fill(blank, count));
    if (this.count === this.tokens.length) {
      const grown = new Uint32Array(2 * this.count);
      grown.set(this.tokens);
      this.tokens = grown;
    }
    this.tokens[this.count++] = tokens.length;
  }

  finish(): Features {
    const { length } = this.row;
    return { type: 'int32', dims: [length], source: this.rows.finish(length), steps: [], tokens: this.tokens.subarray(0, this.count) };
  }
}

/** The error of a source whose samples are texts, or are none, where the transforms say otherwise. */
export function mustBeText(text: TextTransform | undefined, file: string): TextTransform {
  if (!text) throw new InputError('holds texts; the transform characters or tokenize makes numbers of them.', { file });
  return text;
}
