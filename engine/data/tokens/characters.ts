import type { CharactersConfig } from '../schema';
import { type Part, visit } from '../transforms/transform';
import type { TextTransform, Vocabulary } from './tokens';

const padding = 0;
const unknown = 1;
/** Ids before those of characters. */
const special = ['[PAD]', '[UNK]'];
/** No code point. */
const blank = -1;

/** A text as Unicode characters. The vocabulary is those of the training part, in the order of their code points. */
export function characters({ length, minCount = 1 }: CharactersConfig, stored?: string): TextTransform {
  return { name: 'characters', length, read: codePoints, blank, fit: (train) => vocabularyOf(stored === undefined ? learn(train, minCount) : known(stored)) };
}

const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!);

function learn(train: Part, minCount: number): number[] {
  const counts = new Map<number, number>();
  visit(train, (row) => {
    for (const code of row) if (code !== blank) counts.set(code, (counts.get(code) ?? 0) + 1);
  });
  return [...counts].filter(([, count]) => count >= minCount).map(([code]) => code).sort((a, b) => a - b);
}

function vocabularyOf(codes: readonly number[]): Vocabulary {
  const names = [...special, ...codes.map((code) => String.fromCodePoint(code))];
  return {
    size: names.length, padding, unknown,
    step: { op: 'lookUp', keys: Int32Array.from([blank, ...codes]), ids: Int32Array.from([padding, ...codes.map((_, i) => i + special.length)]), unknown },
    names: () => names.map((name) => (/^[\s\p{Cc}]$/u.test(name) ? JSON.stringify(name) : name)),
    decode: (ids) => Array.from(ids).filter((id) => id !== padding).map((id) => (id === unknown ? '\ufffd' : names[id])).join(''),
    file: tokenizerFile(names),
  };
}

/** Byte-pair encoding without a merge takes every character by itself. */
const tokenizerFile = (names: readonly string[]): string => JSON.stringify({
  version: '1.0', truncation: null, padding: null,
  added_tokens: special.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  normalizer: null, pre_tokenizer: null, post_processor: null, decoder: { type: 'Fuse' },
  model: { type: 'BPE', dropout: null, unk_token: special[unknown], continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: Object.fromEntries(names.map((name, id) => [name, id])), merges: [] },
}, null, 1);

/** Code points by their ids. */
function known(file: string): number[] {
  const { model: { vocab } } = JSON.parse(file) as { model: { vocab: Record<string, number> } };
  return Object.entries(vocab).filter(([, id]) => id >= special.length).sort(([, a], [, b]) => a - b).map(([character]) => character.codePointAt(0)!);
}
