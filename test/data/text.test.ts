import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { type LoadedData, loadData } from '../../engine/data/load';
import type { DataConfig, SourceConfig, TransformConfig } from '../../engine/data/schema';
import { openTokenizer } from '../../engine/data/tokens/tokenize';
import { InputError } from '../../engine/errors';
import { root } from '../shared';
import { everything, type Files, load, makeFolder } from './folder';

const characters = (length: number, more = {}): TransformConfig[] => [{ characters: { length, ...more } }];
const csv: SourceConfig = { csv: 't.csv', label: 'y' };
const ofClasses = (files: Files, data: DataConfig, options = {}): Promise<LoadedData> => load(files, data, { loss: 'crossEntropy', ...options });

describe('characters', () => {
  const table = 'text,y\n"ab, b",no\nbé😀ba,yes\nb,no\n';
  // Unicode order: space, comma, a, b, é, 😀 are 2 to 7; 0 is padding, 1 what is unknown.
  const rows = [[4, 5, 3, 2], [5, 6, 7, 5], [5, 0, 0, 0]];

  test('are ids in the order of Unicode, cut and padded', async () => {
    const { train, text } = await ofClasses({ 't.csv': table }, { train: csv, transforms: characters(4) });
    expect(everything(train)).toEqual({ inputs: rows, labels: [0, 1, 0] });
    expect(train.inputs).toEqual([{ type: 'int32', dims: [4], vocabulary: { size: 8, padding: 0 } }]);
    expect(train.classes).toEqual(['no', 'yes']);
    expect([...text!.tokens]).toEqual([5, 5, 1]);
    expect(text!.vocabulary.names()).toEqual(['[PAD]', '[UNK]', '" "', ',', 'a', 'b', 'é', '😀']);
    expect(rows.map((ids) => text!.vocabulary.decode(ids))).toEqual(['ab, ', 'bé😀b', 'b']);
  });

  test.each<[string, Files, SourceConfig]>([
    ['TSV', { 't.tsv': 'text\ty\nab, b\tno\nbé😀ba\tyes\nb\tno\n' }, { csv: 't.tsv', label: 'y' }],
    ['gzip', { 't.csv.gz': gzipSync(table) }, { csv: 't.csv.gz', label: 'y' }],
    ['JSON Lines', { 't.jsonl': '{"text":"ab, b","y":"no"}\n{"text":"b\\u00e9😀ba","y":"yes"}\n{"text":"b","y":"no"}\n' }, { jsonLines: 't.jsonl', label: 'y' }],
    ['Parquet', { 't.parquet': new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['ab, b', 'bé😀ba', 'b'] }, { name: 'y', data: ['no', 'yes', 'no'] }] })) }, { parquet: 't.parquet', label: 'y' }],
    ['one column of several', { 't.csv': table.replace('text,y', 'id,text,y').replaceAll(/^(?!id)(?=.)/gm, '7,') }, { ...csv, columns: ['text'] }],
  ])('from %s', async (_, files, train) => {
    expect(everything((await ofClasses(files, { train, transforms: characters(4) })).train)).toEqual({ inputs: rows, labels: [0, 1, 0] });
  });

  test('from a folder of texts, one folder per class', async () => {
    const files = { 'set/bad/1.txt': 'ba\n', 'set/good/b/2.txt': 'ab', 'set/good/1.txt': 'b', 'set/good/note.md': 'x' };
    const { train } = await ofClasses(files, { train: { texts: 'set' }, transforms: characters(3) });
    // A line feed, a, b are 2, 3, 4.
    expect(everything(train)).toEqual({ inputs: [[4, 3, 2], [4, 0, 0], [3, 4, 0]], labels: [0, 1, 1] });
    expect(train.classes).toEqual(['bad', 'good']);
  });

  test('are learnt from what the model sees of the training part alone', async () => {
    const { train, validation } = await ofClasses({ 't.csv': 'text,y\nabc,0\nba,1\n', 'v.csv': 'text,y\nazb,0\ncab,1\n' }, { train: csv, validation: { csv: 'v.csv', label: 'y' }, transforms: characters(2) });
    // The c is cut off: unknown, as the z is.
    expect(train.inputs[0].vocabulary!.size).toBe(4);
    expect(everything(validation!).inputs).toEqual([[2, 1], [1, 2]]);
  });

  test('that are rare share the id of what is unknown', async () => {
    const { train, text } = await ofClasses({ 't.csv': 'text,y\naab,0\nbca,1\n' }, { train: csv, transforms: characters(3, { minCount: 2 }) });
    expect(everything(train).inputs).toEqual([[2, 2, 3], [3, 1, 2]]);
    expect(text!.vocabulary.decode([3, 1, 2, 0])).toBe('b\ufffda');
  });

  test('have the same ids by the tokenizer.json that a run keeps', async () => {
    const data: DataConfig = { train: csv, transforms: characters(4) };
    const { text } = await ofClasses({ 't.csv': table }, data);
    const { file } = text!.vocabulary;
    expect(openTokenizer(file, 'tokenizer.json').encode('bé😀 ?ba')).toEqual([5, 6, 7, 2, 1, 5, 4]);
    // Other data, the vocabulary of the run.
    const { train } = await ofClasses({ 't.csv': 'text,y\nzb,0\né,1\n' }, data, { tokenizer: file });
    expect(everything(train).inputs).toEqual([[1, 5, 0, 0], [6, 0, 0, 0]]);
  });

  test('larger than memory are the same', async () => {
    const many = `text,y\n${Array.from({ length: 3000 }, (_, i) => `text number ${i * 7919},${i % 2}`).join('\n')}\n`;
    const data: DataConfig = { train: csv, transforms: characters(20) };
    const [all, streamed] = [await ofClasses({ 't.csv': many }, data), await ofClasses({ 't.csv': many }, data, { memory: 1000 })];
    expect(streamed.train.spec.inputs.source.kind).toBe('file');
    expect(everything(streamed.train)).toEqual(everything(all.train));
  });
});

describe('one long text', () => {
  const data = (more = {}, transforms = characters(3)): DataConfig => ({ train: { text: 't.txt', ...more }, transforms });

  test('is windows that follow each other, every token labelled with the next', async () => {
    const { train, text } = await ofClasses({ 't.txt': 'abcab\ncab?' }, data());
    // A line feed, ?, a, b, c are 2 to 6; ? is beyond the windows: unknown.
    expect(everything(train)).toEqual({ inputs: [[3, 4, 5], [3, 4, 2], [5, 3, 4]], labels: [4, 5, 3, 4, 2, 5, 3, 4, 1] });
    expect(train.classes).toEqual(['[PAD]', '[UNK]', '"\\n"', 'a', 'b', 'c']);
    expect(text!.vocabulary.decode([3, 4, 2])).toBe('ab\n');
  });

  test('in parts', async () => {
    const config = { ...data({ limit: 2 }), validation: { text: 't.txt', offset: 2 } };
    const { train, validation } = await ofClasses({ 't.txt': 'abcab\ncab?' }, config);
    // The last label is that of the first token of the next part; the vocabulary is that of the inputs.
    expect(everything(train)).toEqual({ inputs: [[3, 4, 5], [3, 4, 2]], labels: [4, 5, 3, 4, 2, 5] });
    expect(everything(validation!)).toEqual({ inputs: [[5, 3, 4]], labels: [3, 4, 1] });
  });

  test('by a tokenizer.json, which takes each line by itself', async () => {
    const { train } = await ofClasses({ 't.txt': gzipSync('the cat\nthe the\n'), 'tokenizer.json': tokenizer }, data({}, [{ tokenize: { tokenizer: 'tokenizer.json', length: 2 } }]));
    expect(everything(train)).toEqual({ inputs: [[257, 32], [260, 10], [257, 258]], labels: [32, 260, 10, 257, 258, 10] });
  });

  test('is the same however it is cut into pieces', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `line ${(i * 7919) % 1000}${i % 3 === 0 ? '\n' : ' '}`).join('');
    const { train } = await ofClasses({ 't.txt': many }, data({}, characters(50)));
    expect(train.samples).toBe(Math.floor((many.length - 1) / 50));
    const { text } = await ofClasses({ 't.txt': many }, data({}, characters(50)));
    expect(everything(train).inputs.map((ids) => text!.vocabulary.decode(ids)).join('')).toBe(many.slice(0, 50 * train.samples));
  });
});

/** Every byte is a token, then what the merges make: ids 0 to 255 in the order of the bytes. */
function byteLevel(merges: string[], extra: object = {}, added: object[] = []): string {
  const letters: string[] = [];
  for (let byte = 0, next = 256; byte < 256; byte++) letters.push(String.fromCharCode((byte > 32 && byte < 127) || (byte > 160 && byte !== 173) ? byte : next++));
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const vocab = Object.fromEntries([...letters, ...merges.map((merge) => merge.replace(' ', ''))].map((token, id) => [token, id]));
  return JSON.stringify({ version: '1.0', added_tokens: added, normalizer: null, pre_tokenizer: level, post_processor: null, decoder: level, model: { type: 'BPE', unk_token: null, vocab, merges }, ...extra });
}
// U+0120 stands for the byte of a space.
const merges = ['t h', 'th e', '\u0120 the', 'a t', 'c at'];
const tokenizer = byteLevel(merges);
const tokenize = (length: number): TransformConfig[] => [{ tokenize: { tokenizer: 'tokenizer.json', length } }];

describe('a byte-level BPE tokenizer', () => {
  // By hand, the earliest merge first: "Cathe" is C, a, th + e, as "th" comes before "at"; "the" is th + e (257), " the" 258, "cat" c + at (260), "thé" th (256) and the two UTF-8 bytes of é.
  const cases: [string, number[]][] = [['the the cat', [257, 258, 32, 260]], ['thé', [256, 0xc3, 0xa9]], ['tat\n', [116, 259, 10]], ['Cathe', [67, 97, 257]]];

  test('gives the tokens that its merges make', () => {
    const { encode, decode, size, padding } = openTokenizer(tokenizer, 'tokenizer.json');
    for (const [text, ids] of cases) {
      expect(encode(text)).toEqual(ids);
      expect(decode([...ids, padding, padding])).toBe(text);
    }
    expect({ size, padding }).toEqual({ size: 262, padding: 261 });
  });

  test('in the data', async () => {
    const { train, text } = await ofClasses({ 't.csv': 'text,y\nthe the cat,0\nthé,1\n', 'tokenizer.json': tokenizer }, { train: csv, transforms: tokenize(3) });
    expect(everything(train).inputs).toEqual([[257, 258, 32], [256, 0xc3, 0xa9]]);
    expect([...text!.tokens]).toEqual([4, 3]);
    expect(train.inputs[0].vocabulary).toEqual({ size: 262, padding: 261 });
  });

  test.each<[string, string, number, number]>([
    ['the file names it', byteLevel(merges, { padding: { pad_id: 7 } }), 7, 261],
    ['a token is called so', byteLevel(merges, {}, [{ id: 261, content: '<pad>', special: true, normalized: false, single_word: false, lstrip: false, rstrip: false }]), 261, 262],
    ['nothing is said', tokenizer, 261, 262],
  ])('pads with the id that fits where %s', (_, file, padding, size) => expect(openTokenizer(file, 'f')).toMatchObject({ padding, size }));

  test('of the sample gives back every text', () => {
    const { encode, decode, padding } = openTokenizer(readFileSync(path.join(root, 'samples/text/tokenizer.json'), 'utf8'), 'f');
    expect(padding).toBe(0);
    for (const text of ['The plot was not dull.', 'Ça va?  日本 😀\t\n']) expect(decode(encode(text))).toBe(text);
  });

  test('kept by a run is taken instead of the file', async () => {
    const { train } = await ofClasses({ 't.csv': 'text,y\nthe,0\nth,1\n' }, { train: csv, transforms: tokenize(2) }, { tokenizer });
    expect(everything(train).inputs).toEqual([[257, 261], [256, 261]]);
  });
});

describe('WordPiece', () => {
  const file = JSON.stringify({ version: '1.0', added_tokens: [], normalizer: { type: 'Lowercase' }, pre_tokenizer: { type: 'Whitespace' }, decoder: { type: 'WordPiece', prefix: '##', cleanup: false }, model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: { '[PAD]': 0, '[UNK]': 1, play: 2, '##ing': 3, '##ed': 4 } } });
  test('takes the longest piece that fits, and the unknown token where none does', () => expect(openTokenizer(file, 'f').encode('Playing played run')).toEqual([2, 3, 2, 4, 1]));
});

interface Case {
  name: string;
  files?: Files;
  train?: SourceConfig;
  data?: Partial<DataConfig>;
  options?: { memory?: number; loss?: string };
  message: string;
}

const rows = 'text,y\nthe cat,0\na cat,1\n';
const damaged = (name: string, content: string | Uint8Array, message: string): Case => ({ name: `tokenizer.json: ${name}`, files: { 'tokenizer.json': content }, data: { transforms: tokenize(4) }, message });
const model = (value: unknown): string => JSON.stringify({ model: value });

const cases: Case[] = [
  { name: 'two features', files: { 't.csv': 'id,text,y\n1,the cat,0\n2,a cat,1\n' }, message: 't.csv:1:4: the transform characters reads one column of text, but there are 2 features: "id", "text"; "columns" names the one to take.' },
  { name: 'a blank text', files: { 't.csv': 'text,y\nthe cat,0\n,1\n' }, message: 't.csv:3:1: column "text" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.' },
  { name: 'a list for a text', files: { 't.jsonl': '{"text":"a","y":0}\n{"text":["b"],"y":1}\n' }, train: { jsonLines: 't.jsonl', label: 'y' }, message: 't.jsonl:2: column "text" holds a list; numbers, texts and true or false can be read.' },
  { name: 'no column of that name', train: { ...csv, columns: ['review'] }, message: 't.csv:1:1: columns is "review", but there is no such column; the columns are "text", "y".' },
  { name: 'Latin-1', files: { 't.csv': Buffer.from('text,y\ncaf\xe9,0\n', 'latin1') }, message: 't.csv: is not UTF-8 text; save it as UTF-8.' },
  { name: 'a cut gzip file', files: { 't.csv': gzipSync(rows.repeat(50)).subarray(0, 40) }, message: 't.csv: the gzip data ends too early; the file is cut off.' },
  { name: 'an empty file', files: { 't.csv': '' }, message: 't.csv: is empty.' },
  { name: 'a text that no transform reads', data: { transforms: undefined }, files: { 't.csv': 'text,y\na long enough text,0\n' }, message: 't.csv:2:1: column "text" holds "a long enough text", which is not a number; the transforms characters and tokenize read texts.' },
  { name: 'another transform', data: { transforms: [...characters(4), { standardize: {} }] }, message: 't.csv: the transform characters makes the ids of tokens of a text, which standardize does nothing with; a text takes one transform, and no other column stands beside it.' },
  { name: 'floats wanted', train: { ...csv, inputType: 'float32' }, message: 't.csv: inputType is given, but the tokens of a text are int32 and as many as the transform says.' },
  { name: 'a source without texts', train: { simulated: 'linear', samples: 9, features: 2 }, message: 'simulated data: holds no texts, which the transform characters needs; tables and folders of texts do.' },
  { name: 'a folder that is missing', train: { texts: 'none' }, message: 'none: there is no file FOLDER/none; paths are relative to the run file.' },
  { name: 'a folder that is a file', train: { texts: 't.csv' }, message: 't.csv: is a file; a folder of texts is expected.' },
  { name: 'a folder without texts', files: { 'set/a/x.md': '' }, train: { texts: 'set' }, message: 'set: holds no texts (.txt) in its 1 folders.' },
  { name: 'a folder without folders', files: { 'set/x.txt': 'a' }, train: { texts: 'set' }, message: 'set: holds no texts (.txt) in folders; there is one folder per class.' },
  { name: 'an empty text file', files: { 'set/a/x.txt': 'a', 'set/b/x.txt': '' }, train: { texts: 'set' }, message: 'set/b/x.txt: is empty.' },
  { name: 'a text file in Latin-1', files: { 'set/a/x.txt': Buffer.from([0x61, 0xe9, 0x61]) }, train: { texts: 'set' }, message: 'set/a/x.txt: is not UTF-8 text; save it as UTF-8.' },
  { name: 'a text file that is large', files: { 'set/a/x.txt': 'a'.repeat(2 ** 22 + 1) }, train: { texts: 'set' }, message: 'set/a/x.txt: has 4194305 bytes; one text may have 4194304.' },
  { name: 'a folder of texts without a transform', files: { 'set/a/x.txt': 'a' }, train: { texts: 'set' }, data: { transforms: undefined }, message: 'set: holds texts; the transform characters or tokenize makes numbers of them.' },
  { name: 'one text without a transform', files: { 't.txt': 'abc' }, train: { text: 't.txt' }, data: { transforms: undefined }, message: 't.txt: holds texts; the transform characters or tokenize makes numbers of them.' },
  { name: 'one text that is too short', files: { 't.txt': 'abcd' }, train: { text: 't.txt' }, message: 't.txt: has 4 tokens; a sample of 4 and the one after it need 5.' },
  { name: 'one text of one sample', files: { 't.txt': 'abcde' }, train: { text: 't.txt' }, message: 't.txt: the training part has 1 sample; at least 2 are needed.' },
  { name: 'one text that is empty', files: { 't.txt': '' }, train: { text: 't.txt' }, message: 't.txt: is empty.' },
  { name: 'one text in Latin-1', files: { 't.txt': Buffer.from([0x61, 0xe9, 0x61]) }, train: { text: 't.txt' }, message: 't.txt: is not UTF-8 text; save it as UTF-8.' },
  { name: 'one text that is cut in its gzip', files: { 't.txt': gzipSync(rows.repeat(50)).subarray(0, 40) }, train: { text: 't.txt' }, message: 't.txt: the gzip data ends too early; the file is cut off.' },
  { name: 'one text larger than memory', files: { 't.txt': 'abc\n'.repeat(50_000) }, train: { text: 't.txt' }, options: { memory: 300_000 }, message: 't.txt: has more tokens than fit into memory (75000); "limit" takes the first samples of it.' },
  { name: 'one text to predict a number of', files: { 't.txt': 'abc\n'.repeat(50) }, train: { text: 't.txt' }, options: { loss: 'mse' }, message: 't.txt: is read as tokens that follow each other: what is predicted is the next one, a class, which needs the loss crossEntropy.' },

  { name: 'tokenizer.json: missing', data: { transforms: tokenize(4) }, message: 'tokenizer.json: there is no file FOLDER/tokenizer.json; paths are relative to the run file.' },
  damaged('empty', '', 'tokenizer.json: is empty.'),
  damaged('cut', tokenizer.slice(0, 500), 'tokenizer.json: is not JSON (Expected \',\' or \'}\' after property value in JSON at position 500); a tokenizer.json is expected.'),
  damaged('no UTF-8', Buffer.from([0x7b, 0xff]), 'tokenizer.json: is not UTF-8 text; a tokenizer.json is expected.'),
  damaged('null', 'null', 'tokenizer.json: is no tokenizer.json: it has no "model" with a "vocab".'),
  damaged('another JSON file', '{"name":"x"}', 'tokenizer.json: is no tokenizer.json: it has no "model" with a "vocab".'),
  damaged('another model', model({ type: 'WordLevel', vocab: { a: 0 } }), 'tokenizer.json: its model is of the type "WordLevel"; BPE, WordPiece and Unigram can be read.'),
  damaged('no merges', model({ type: 'BPE', vocab: { a: 0 } }), 'tokenizer.json: model.merges must be a list of pairs of tokens.'),
  damaged('a merge of one', model({ type: 'BPE', vocab: { a: 0 }, merges: ['a b', 'c'] }), 'tokenizer.json: model.merges must be a list of pairs of tokens, found "\\"c\\"" at place 1.'),
  damaged('no tokens', model({ type: 'BPE', vocab: {}, merges: [] }), 'tokenizer.json: model.vocab holds no tokens.'),
  damaged('a number for the vocabulary', model({ type: 'BPE', vocab: 5, merges: [] }), 'tokenizer.json: model.vocab holds no tokens.'),
  damaged('a huge id', model({ type: 'BPE', vocab: { a: 0, b: 4_000_000_000 }, merges: [] }), 'tokenizer.json: the token "b" has the id 4000000000, but there are only 2 tokens; an embedding would need a row for every id.'),
  damaged('a huge id for padding', JSON.stringify({ padding: { pad_id: 1_000_000 }, model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }), 'tokenizer.json: the token "padding" has the id 1000000, but there are only 1 tokens; an embedding would need a row for every id.'),
  damaged('a word for an id', model({ type: 'BPE', vocab: { a: 'x' }, merges: [] }), 'tokenizer.json: the id of the token "a" must be a whole number from 0, found "\\"x\\"".'),
  damaged('an added token without an id', JSON.stringify({ added_tokens: [{ content: '<pad>' }], model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }), 'tokenizer.json: the id of the token "<pad>" must be a whole number from 0, found "nothing".'),
  damaged('an added token that is none', JSON.stringify({ added_tokens: [7], model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }), 'tokenizer.json: a token must be a text, found "nothing".'),
  damaged('a step that is unknown', JSON.stringify({ pre_tokenizer: { type: 'Magic' }, model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }), 'tokenizer.json: cannot be used (Unknown PreTokenizer type: Magic).'),
  damaged('an unknown token that it does not have', model({ type: 'BPE', unk_token: '?', vocab: { b: 0 }, merges: [] }), 'tokenizer.json: has no token for a part of "a", and none for what is unknown.'),
];

describe('mistakes are one sentence', () => {
  test.each(cases)('$name', async ({ files, train = csv, data, options, message }) => {
    const directory = makeFolder({ 't.csv': rows, ...files });
    const error: unknown = await loadData({ train, transforms: characters(4), ...data }, { directory, seed: 0, loss: 'crossEntropy', ...options }).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message.replaceAll(directory, 'FOLDER')).toBe(message);
  });
});
