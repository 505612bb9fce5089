// Makes the tables of this sample from the sample "digits": all images of 0 to 4, the first few of each class from 5 to 9, and the rest of these.
// `node samples/fine-tuning/make.mjs [IMAGES]` takes that many of each class; 5 are what the repository has.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const few = Number(process.argv[2] ?? 5);
if (!(Number.isInteger(few) && few > 0 && few < 100)) throw new Error('usage: node make.mjs [IMAGES], a whole number from 1 to 99');

const folder = import.meta.dirname;
const [header, ...rows] = readFileSync(path.join(folder, '../digits/digits.csv'), 'utf8').trim().split('\n');
const tables = { 'zero-to-four.csv.gz': [], 'few.csv': [], 'rest.csv.gz': [] };
const seen = new Map();
for (const row of rows) {
  const digit = Number(row.slice(row.lastIndexOf(',') + 1));
  seen.set(digit, (seen.get(digit) ?? 0) + 1);
  tables[digit < 5 ? 'zero-to-four.csv.gz' : seen.get(digit) <= few ? 'few.csv' : 'rest.csv.gz'].push(row);
}
for (const [name, table] of Object.entries(tables)) {
  const text = `${[header, ...table].join('\n')}\n`;
  writeFileSync(path.join(folder, name), name.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
}
