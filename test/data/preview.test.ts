import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dataText } from '../../engine/cli/dataText';
import { previewData } from '../../engine/training/preview';
import { previewPage } from '../../extension/preview/page';
import { makeFolder } from './folder';
import { picture, png } from './pictures';

const layers = [{ dense: 2 }];
const runFile = (files: Record<string, string | Uint8Array>, data: object, model: object[] = layers): string =>
  path.join(makeFolder({ ...files, 'a.train.json': JSON.stringify({ model: { layers: model }, data, loss: 'crossEntropy' }) }), 'a.train.json');

const rows = Array.from({ length: 200 }, (_, i) => `${i === 3 ? '?' : i},${['red', 'blue', '<b>'][i % 3]},${i < 190 ? 'no' : 'yes'}`);
const table = { 't.csv': `size,colour,y\n${rows.join('\n')}` };
const config = { train: { csv: 't.csv', label: 'y', missing: ['?'] }, validation: { fraction: 0.1, stratify: true }, transforms: [{ impute: {} }, { oneHot: { columns: ['colour'] } }] };
const say = (text: string, ...values: (string | number)[]) => text.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)]));

describe('a table', () => {
  test('columns as they stand in the file, samples as the model sees them', async () => {
    const { parts, classes, columns, features, samples, problems } = await previewData({ runFile: runFile(table, config) });
    expect(parts).toEqual([{ role: 'train', samples: 180, classes: [171, 9] }, { role: 'validation', samples: 20, classes: [19, 1] }]);
    expect([classes, features]).toEqual([['no', 'yes'], ['size', 'colour=<b>', 'colour=blue', 'colour=red']]);
    expect(columns).toMatchObject([
      { name: 'size', kind: 'number', missing: 1, range: { min: 0, max: 199 } },
      { name: 'colour', kind: 'category', missing: 0, categories: { count: 3, most: [{ name: 'red', count: 67 }, { name: 'blue', count: 67 }, { name: '<b>', count: 66 }] } },
    ]);
    expect(samples).toHaveLength(12);
    expect(samples.every(({ values }) => values!.length === 4)).toBe(true);
    // Inputs up to 199 that no transform scales, and 19 times as many of one class as of the other.
    expect(problems.length).toBeGreaterThan(0);
  });

  test('in the terminal and as a page; names of the data are text there', async () => {
    const preview = await previewData({ runFile: runFile(table, config) });
    const text = dataText(preview, (_, words) => words);
    expect(text).toContain('  size    number    1 missing  0 to 199, mean 100');
    expect(text).toMatch(/^ {2}no {3}█{30} {2}171 \/ 19$/m);
    const html = previewPage(preview, { nonce: 'n', language: 'en', say });
    expect(html).toContain('colour=&lt;b&gt;');
    expect(html).not.toContain('<b>');
    expect(html).not.toContain('<script');
  });
});

test('images as images: the smallest value black, the largest white', async () => {
  const files = { 'set/a/1.png': png(picture(4, 3, (x) => [60 * x, 0, 0])), 'set/b/2.png': png(picture(4, 3, (x) => [60 * x, 0, 0])) };
  const { samples, columns } = await previewData({ runFile: runFile(files, { train: { images: 'set' } }, ['flatten', { dense: 2 }] as object[]) });
  expect(columns).toBeUndefined();
  const bytes = Buffer.from(samples[0].image!.split(',')[1], 'base64');
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([4, 3]);
  const at = bytes.indexOf('IDAT');
  expect([...inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4))).subarray(0, 13)]).toEqual([0, 0, 0, 0, 85, 0, 0, 170, 0, 0, 255, 0, 0]);
});

test('a fault of the model is a problem beside the data, one of the data is thrown', async () => {
  const { problems, parts } = await previewData({ runFile: runFile(table, config, [{ dense: 1 }]) });
  expect(parts[0].samples).toBe(180);
  expect(problems).toMatchObject([{ severity: 'error', title: 'The run file cannot be trained' }]);
  expect(problems[0].explanation).toContain('a.train.json:1:');
  await expect(previewData({ runFile: runFile({ 't.csv': 'size,colour,y\n1,2' }, config) })).rejects.toThrow('t.csv:2:4: the row has 2 cells, the header has 3.');
});
