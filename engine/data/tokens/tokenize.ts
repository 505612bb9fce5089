import { Tokenizer } from '@huggingface/tokenizers';
import { InputError } from '../../errors';
import { fileSize, readBytes } from '../file';
import type { Folders } from '../path';
import type { TokenizeConfig } from '../schema';
import type { TextTransform, Vocabulary } from './tokens';

/** In bytes; those of the largest language models have about 35 MB. */
const largestFile = 2 ** 26;
/** Ids may leave gaps, but an embedding has a row for each: not many more than there are tokens. */
const largestId = (tokens: number): number => Math.max(1024, 2 * tokens);
/** What trained tokenizers call their padding. */
const paddings = ['[PAD]', '<pad>', '<PAD>', '<|pad|>', '<|padding|>', '<|endoftext|>'];

/** A text by a tokenizer.json: byte-level BPE and whatever else the library reads, without special tokens around it. */
export async function tokenize({ tokenizer: name, length }: TokenizeConfig, folders: Folders, stored?: string): Promise<TextTransform> {
  const file = stored ?? await readTokenizer(name, folders);
  const { encode, ...vocabulary } = openTokenizer(file, name);
  return { name: 'tokenize', length, read: encode, blank: vocabulary.padding, fit: () => vocabulary };
}

async function readTokenizer(name: string, folders: Folders): Promise<string> {
  const size = fileSize(name, folders);
  if (size > largestFile) throw new InputError(`has ${size} bytes; a tokenizer.json has at most ${largestFile}.`, { file: name });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(name, folders));
  } catch (error) {
    throw error instanceof InputError ? error : new InputError('is not UTF-8 text; a tokenizer.json is expected.', { file: name });
  }
}

export function openTokenizer(text: string, name: string): Vocabulary & { encode(text: string): number[] } {
  const content = parse(text, name);
  const tokens = tokensOf(content, name);
  const byName = new Map(tokens.map(({ token, id }) => [token, id]));
  const largest = tokens.reduce((most, { id }) => Math.max(most, id), -1);
  const own = content.padding?.pad_id ?? paddings.map((each) => byName.get(each)).find((id) => id !== undefined);
  const padding = own ?? largest + 1;
  const names = (): string[] => tokens.reduce<string[]>((list, { token, id }) => {
    list[id] = token;
    return list;
  }, Array.from({ length: Math.max(largest, padding) + 1 }, (_, id) => `[${id}]`));
  const unknown = content.model.unk_token ?? content.model.unk_id;
  const library = open(content, name);
  const encode = (input: string): number[] => {
    try {
      const { ids } = library.encode(input, { add_special_tokens: false });
      if (ids.every(Number.isInteger)) return ids;
    } catch (error) {
      throw new InputError(`cannot be applied to ${shown(input)} (${(error as Error).message}).`, { file: name });
    }
    throw new InputError(`has no token for a part of ${shown(input)}, and none for what is unknown.`, { file: name });
  };
  encode('a'); // A mistake that only shows in use is told before the data is read.
  return {
    size: Math.max(largest, padding) + 1, padding, unknown: typeof unknown === 'string' ? byName.get(unknown) : unknown ?? undefined,
    names, encode,
    decode(ids) {
      const kept = Array.from(ids).filter((id) => id !== padding);
      return kept.length === 0 ? '' : library.decode(kept, { clean_up_tokenization_spaces: false });
    },
    file: text,
  };
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** As much of the format as is looked at here. */
interface Content {
  model: { type?: string; vocab: unknown; merges?: unknown; unk_token?: string | null; unk_id?: number | null };
  added_tokens?: unknown;
  padding?: { pad_id?: number } | null;
}

function parse(text: string, file: string): Content {
  const fail = (message: string): never => {
    throw new InputError(message, { file });
  };
  let content: Content;
  try {
    content = JSON.parse(text) as Content;
  } catch (error) {
    return fail(`is not JSON (${(error as Error).message.slice(0, 100)}); a tokenizer.json is expected.`);
  }
  const { model } = (content ?? {}) as Partial<Content>;
  if (typeof model !== 'object' || model === null || model.vocab === undefined) return fail('is no tokenizer.json: it has no "model" with a "vocab".');
  const { type = 'BPE', merges } = model;
  if (!['BPE', 'WordPiece', 'Unigram'].includes(type)) fail(`its model is of the type ${JSON.stringify(type)}; BPE, WordPiece and Unigram can be read.`);
  if (type === 'BPE') {
    const wrong = Array.isArray(merges) ? merges.findIndex((merge: unknown) => !(typeof merge === 'string' ? merge.includes(' ') : Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === 'string'))) : 0;
    if (wrong >= 0) fail(`model.merges must be a list of pairs of tokens${Array.isArray(merges) ? `, found ${shown(JSON.stringify(merges[wrong]))} at place ${wrong}` : ''}.`);
  }
  const id: unknown = content.padding?.pad_id;
  if (id !== undefined && !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < largestFile)) fail(`padding.pad_id must be an id, found ${shown(JSON.stringify(id))}.`);
  return content;
}

/** Those of the model and those added to it, every id checked: the library makes room for what it is told. */
function tokensOf({ model: { vocab }, added_tokens: added = [], padding }: Content, file: string): { token: string; id: number }[] {
  const listed = Array.isArray(vocab) ? vocab.map((entry: unknown, id) => [Array.isArray(entry) ? entry[0] as unknown : entry, id] as const)
    : typeof vocab === 'object' && vocab !== null ? Object.entries(vocab) : [];
  const more = (Array.isArray(added) ? added : [added]).map((entry: { content?: unknown; id?: unknown } | null) => [entry?.content, entry?.id] as const);
  const all = [...listed, ...more];
  if (listed.length === 0) throw new InputError('model.vocab holds no tokens.', { file });
  const limit = largestId(all.length);
  for (const [token, id] of [...all, ['padding', padding?.pad_id ?? 0] as const]) {
    if (typeof token !== 'string') throw new InputError(`a token must be a text, found ${shown(JSON.stringify(token) ?? 'nothing')}.`, { file });
    if (!Number.isInteger(id) || (id as number) < 0) throw new InputError(`the id of the token ${shown(token)} must be a whole number from 0, found ${shown(JSON.stringify(id) ?? 'nothing')}.`, { file });
    if ((id as number) >= limit) throw new InputError(`the token ${shown(token)} has the id ${String(id)}, but there are only ${all.length} tokens; an embedding would need a row for every id.`, { file });
  }
  return all.map(([token, id]) => ({ token: token as string, id: id as number }));
}

function open(content: Content, file: string): Tokenizer {
  try {
    const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
    return new Tokenizer({ ...parts, ...content, added_tokens: content.added_tokens ?? [] }, {});
  } catch (error) {
    throw new InputError(`cannot be used (${(error as Error).message.slice(0, 200)}).`, { file });
  }
}
