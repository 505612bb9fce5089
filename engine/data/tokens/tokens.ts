/** Text as data: every text becomes the ids of a fixed number of tokens, which are characters or what a tokenizer.json makes of it. */
import { InputError } from '../../errors';
import type { Folders } from '../path';
import type { DataConfig, TransformConfig } from '../schema';
import type { Part } from '../transforms/transform';
import type { Step } from '../transforms/step';
import { characters } from './characters';
import { tokenize } from './tokenize';

/** How readers take texts, and what is learnt of those of the training part. */
export interface TextTransform {
  name: 'characters' | 'tokenize';
  /** Tokens of a sample: a longer text is cut, a shorter one padded. */
  length: number;
  /** The tokens of a whole text as numbers; not yet ids where the vocabulary is learnt. */
  read(text: string): ArrayLike<number>;
  /** What stands where a text is shorter. */
  blank: number;
  fit(train: Part): Vocabulary;
}

export interface Vocabulary {
  /** Ids are 0 to size - 1. */
  size: number;
  padding: number;
  /** What stands for a token that the vocabulary does not have. */
  unknown?: number;
  /** Makes ids of what was read; absent where it is ids. */
  step?: Step;
  /** The token of every id, as tables and charts name them. */
  names(): string[];
  /** The text of these ids without the padding. */
  decode(ids: ArrayLike<number>): string;
  /** The text of a tokenizer.json (https://github.com/huggingface/tokenizers) that gives the same ids: what a run keeps of it. */
  file: string;
}

const isText = (transform: TransformConfig): boolean => 'characters' in transform || 'tokenize' in transform;

/** The one text transform of a run file. `stored`: the tokenizer.json of a run, whose vocabulary is not learnt again. */
export async function textTransform({ transforms = [] }: DataConfig, folders: Folders, file: string, stored?: string): Promise<TextTransform | undefined> {
  const found = transforms.filter(isText);
  if (found.length === 0) return undefined;
  if (transforms.length > 1) {
    const other = transforms.find((transform) => transform !== found[0])!;
    throw new InputError(`the transform ${Object.keys(found[0])[0]} makes the ids of tokens of a text, which ${Object.keys(other)[0]} does nothing with; a text takes one transform, and no other column stands beside it.`, { file });
  }
  const [transform] = found;
  return 'characters' in transform ? characters(transform.characters, stored) : tokenize((transform as { tokenize: Parameters<typeof tokenize>[0] }).tokenize, folders, stored);
}
