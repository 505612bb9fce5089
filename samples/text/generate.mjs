// Writes the data of this sample: `node samples/text/generate.mjs` makes reviews.csv, sentences put together from the lists below, and tokenizer.json, a
// byte-level BPE tokenizer (Sennrich et al. 2016; Radford et al. 2019) trained on them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const reviews = 2000;
const merges = 250;

/** mulberry32: the same numbers on every machine. */
let state = 1;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const withArticle = (text) => `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text}`;
const pick = (list) => list[Math.floor(random() * list.length)];

const things = ['film', 'plot', 'acting', 'music', 'ending', 'dialogue', 'cast', 'camera work', 'first half', 'second half', 'story', 'humour', 'pace', 'lead actress', 'soundtrack', 'script'];
const words = {
  positive: ['good', 'brilliant', 'moving', 'clever', 'charming', 'gripping', 'fresh', 'warm', 'elegant', 'funny', 'memorable', 'convincing', 'superb', 'touching'],
  negative: ['bad', 'dull', 'clumsy', 'shallow', 'tiresome', 'predictable', 'stale', 'cold', 'messy', 'silly', 'forgettable', 'wooden', 'awful', 'annoying'],
};
const opposite = { positive: 'negative', negative: 'positive' };
const fillers = ['I saw it on a rainy Tuesday.', 'We went with the whole family.', 'It runs for two hours.', 'The cinema was almost empty.', 'My brother had bought the tickets.', 'It is based on a novel.', 'I had read nothing about it before.', 'They showed it at the festival last year.'];

/** A clause that says this of a thing; half of them with a word that alone says the opposite. */
const clauses = [
  (thing, says) => `the ${thing} was ${pick(words[says])}`,
  (thing, says) => `the ${thing} was ${pick(['really', 'truly', 'simply', 'quite'])} ${pick(words[says])}`,
  (thing, says) => `I found the ${thing} ${pick(words[says])}`,
  (thing, says) => `the ${thing} was ${pick(['not', 'never', 'hardly', 'anything but'])} ${pick(words[opposite[says]])}`,
  (thing, says) => `nobody could call the ${thing} ${pick(words[opposite[says]])}`,
  (thing, says) => `they had promised ${withArticle(`${pick(words[opposite[says]])} ${thing}`)}, but it was ${pick(words[says])}`,
];

function review(says) {
  const sentences = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const text = pick(clauses)(pick(things), says);
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  });
  if (random() < 0.6) sentences.splice(Math.floor(random() * (sentences.length + 1)), 0, pick(fillers));
  return sentences.join(' ');
}

/** A printable character for every byte: itself where it is one, else one from U+0100 on. */
const letters = [];
for (let byte = 0, next = 256; byte < 256; byte++) {
  const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  letters.push(String.fromCharCode(printable ? byte : next++));
}

/** The most frequent pair of neighbours becomes one token, again and again; of equal ones the first in the alphabet. */
function train(texts) {
  const counts = new Map();
  for (const text of texts) for (const [word] of text.matchAll(/ ?\p{L}+| ?[^\s\p{L}]+|\s/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const split = [...counts].map(([word, count]) => ({ parts: Array.from(Buffer.from(word), (byte) => letters[byte]), count }));
  const found = [];
  while (found.length < merges) {
    const pairs = new Map();
    for (const { parts, count } of split) for (let i = 1; i < parts.length; i++) pairs.set(`${parts[i - 1]} ${parts[i]}`, (pairs.get(`${parts[i - 1]} ${parts[i]}`) ?? 0) + count);
    const [best] = [...pairs].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0];
    found.push(best);
    const [left, right] = best.split(' ');
    for (const { parts } of split) for (let i = 1; i < parts.length; i++) if (parts[i - 1] === left && parts[i] === right) parts.splice(i - 1, 2, left + right);
  }
  return found;
}

const rows = Array.from({ length: reviews }, (_, i) => {
  const label = i % 2 === 0 ? 'positive' : 'negative';
  return { text: review(label), label };
});
const pairs = train(rows.slice(0, reviews / 2).map(({ text }) => text));
const tokens = ['<pad>', ...letters, ...pairs.map((pair) => pair.replace(' ', ''))];
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const tokenizer = {
  version: '1.0', truncation: null, padding: null,
  added_tokens: [{ id: 0, content: '<pad>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
  normalizer: null, pre_tokenizer: byteLevel, post_processor: null, decoder: byteLevel,
  model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, vocab: Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id])), merges: pairs },
};
const write = (name, text) => writeFileSync(path.join(import.meta.dirname, name), text);
write('reviews.csv', `text,sentiment\n${rows.map(({ text, label }) => `"${text}",${label}`).join('\n')}\n`);
write('tokenizer.json', `${JSON.stringify(tokenizer)}\n`);
