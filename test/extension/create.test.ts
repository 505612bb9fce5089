import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadData } from '../../engine/data/load';
import { parseRunFile } from '../../engine/run/config';
import { describeTable, labelCandidates, taskOf } from '../../extension/create/table';
import { tableRunFile } from '../../extension/create/template';
import { root, shared } from '../shared';

function create(text: string, csv: string) {
  const table = describeTable(text)!;
  const [label] = labelCandidates(table);
  const task = taskOf(label, table.rows);
  return { label: label.name, task, text: tableRunFile({ csv, label, task, table }) };
}

const rows = (header: string, row: (i: number) => string, count = 60) => [header, ...Array.from({ length: count }, (_, i) => row(i))].filter(Boolean).join('\n');

describe('what a table holds', () => {
  test.each<[string, string, string | number, object]>([
    ['words are classes', rows('a,b,kind', (i) => `${i},${i / 7},${['x', 'y', 'z'][i % 3]}`), 'kind', { kind: 'classes', classes: 3 }],
    ['a few whole numbers are classes', rows('a,target,b', (i) => `${i},${i % 10},${i / 3}`), 'target', { kind: 'classes', classes: 10 }],
    ['a fraction is a quantity', rows('a,b,price', (i) => `${i},1,${i / 3}`), 'price', { kind: 'number' }],
    ['many whole numbers are a quantity', rows('a,b,y', (i) => `1,${i},${i * 3}`), 'y', { kind: 'number' }],
    ['without names the last column, by its index', rows('', (i) => `${i},${i / 2},${i % 2}`), 2, { kind: 'classes', classes: 2 }],
    ['another delimiter', rows('a;b;class', (i) => `${i};2;${i % 2 ? 'yes' : 'no'}`), 'class', { kind: 'classes', classes: 2 }],
    ['missing values do not make a column words', rows('a,y', (i) => `${i % 5 ? i : '?'},${i % 4 ? i * 0.5 : ''}`), 'y', { kind: 'number' }],
  ])('%s', (_, text, label, task) => expect(create(text, 'x.csv')).toMatchObject({ label, task }));

  test.each(['', 'only one line', 'a,b,c'])('%j is no table', (text) => expect(describeTable(text)).toBeUndefined());
});

describe('the run file that is written', () => {
  const tables: [string, string][] = [
    [path.join(root, 'samples/digits'), 'digits.csv'],
    ...(shared ? ['iris.csv', 'wine.csv', 'breast_cancer.csv', 'diabetes.csv', 'winequality-red.csv'].map((file): [string, string] => [path.join(shared!, 'data/tabular'), file]) : []),
  ];
  test.each(tables)('is valid and its data can be read: %s %s', async (directory, csv) => {
    const { text, task } = create(readFileSync(path.join(directory, csv), 'utf8'), csv);
    const { config } = parseRunFile(text, 'x.train.json');
    const { train, validation } = await loadData(config.data, { directory, seed: 0, loss: config.loss as string });
    expect(validation!.samples).toBeGreaterThan(0);
    const outputs = Number(/"dense": (\d+) }\s*\]/.exec(text)![1]);
    expect(outputs).toBe(train.classes?.length ?? 1);
    expect(task.kind === 'classes').toBe(config.loss === 'crossEntropy');
  });

  test('words become one feature per category, rows with gaps are left out', () => {
    const text = rows('colour,size,y', (i) => `${['red', 'blue'][i % 2]},${i % 9 ? i : '?'},${i / 3}`);
    expect(parseRunFile(create(text, 'x.csv').text, 'x.train.json').config.data).toMatchObject({
      train: { csv: 'x.csv', label: 'y', dropRowsWith: ['?'] }, transforms: [{ oneHot: { columns: ['colour'] } }, { standardize: {} }],
    });
  });
});
