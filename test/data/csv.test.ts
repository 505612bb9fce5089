import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { everything, load, loadCsv } from './folder';

/** Rows that a text gives: features, then labels. */
const check = (name: string, text: string, inputs: number[][], labels: number[], extra = {}) =>
  test(name, async () => expect(everything((await loadCsv(text, extra)).train)).toEqual({ inputs, labels }));

describe('CSV', () => {
  check('a plain table', 'a,b,y\n1,2.5,3\n-4,5e-1,.5', [[1, 2.5], [-4, 0.5]], [3, 0.5]);
  check('a label in the middle', 'a,y,b\n1,2,3\n4,5,6', [[1, 3], [4, 6]], [2, 5]);
  check('label by index', 'a,b,c\n1,2,3\n4,5,6', [[2, 3], [5, 6]], [1, 4], { label: 0 });
  check('several labels', 'a,y,z\n1,2,3\n4,5,6', [[1], [4]], [2, 3, 5, 6], { label: ['y', 'z'] });
  check('chosen columns keep their order', 'a,b,c,y\n1,2,3,0\n4,5,6,1', [[3, 1], [6, 4]], [0, 1], { columns: ['c', 'a'] });
  check('no header', '1,2,3\n4,5,6', [[1, 2], [4, 5]], [3, 6], { label: 2 });
  check('a header of numbers is known by the label', '0,1,y\n1,2,3\n4,5,6', [[1, 2], [4, 5]], [3, 6]);
  check('a header of numbers is said to be one', '0,1,2\n1,2,3\n4,5,6', [[1, 2], [4, 5]], [3, 6], { header: true, label: '2' });
  check('semicolons are found', 'a;b;y\n1;2;3\n4;5;6', [[1, 2], [4, 5]], [3, 6]);
  check('tabs are found', 'a\tb\ty\n1\t2\t3\n4\t5\t6', [[1, 2], [4, 5]], [3, 6]);
  check('a given delimiter', 'a~b~y\n1~2~3\n4~5~6', [[1, 2], [4, 5]], [3, 6], { delimiter: '~' });
  check('a byte order mark, CRLF, blank lines, spaces', '\ufeffa, y\r\n\r\n 1 , 2\r\n3,4\r\n\r\n', [[1], [3]], [2, 4]);
  check('quoted cells', '"a","the ""b""",y\n"1","2",3\n"4","5","6"', [[1, 2], [4, 5]], [3, 6], { columns: ['a', 'the "b"'] });
  check('limit', 'a,y\n1,2\n3,4\n5,6\nbad,row', [[1], [3]], [2, 4], { limit: 2 });
  check('offset and limit', 'a,y\n1,2\n3,4\n5,6\n7,8', [[3], [5]], [4, 6], { offset: 1, limit: 2 });
  check('rows to drop', 'a,b,y\n1,?,2\n3,,4\n5,6,7\n8,9,10', [[5, 6], [8, 9]], [7, 10], { dropRowsWith: ['', '?'] });
  check('only columns in use drop a row', 'a,b,y\n1,?,2\n3,,4', [[1], [3]], [2, 4], { dropRowsWith: ['', '?'], columns: ['a'] });

  test('gzip, by its content', async () => {
    const { train } = await load({ 't.csv': gzipSync('a,y\n1,2\n3,4') }, { train: { csv: 't.csv', label: 'y' } });
    expect(everything(train)).toEqual({ inputs: [[1], [3]], labels: [2, 4] });
  });

  test('reshape and int32', async () => {
    const { train } = await loadCsv('a,b,c,d,y\n1,2,3,4,0\n5,6,7,8,1', { reshape: [1, 2, 2], inputType: 'int32' });
    expect(train.inputs).toEqual([{ type: 'int32', dims: [1, 2, 2] }]);
    expect(everything(train).inputs).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
  });

  test('rows longer than a piece of 131,072 characters', async () => {
    const row = Array.from({ length: 60_000 }, (_, i) => i % 1000);
    const { train } = await loadCsv([row, [...row].reverse(), row].map((cells) => cells.join(',')).join('\n'), { label: 0 });
    expect(everything(train)).toEqual({ inputs: [row.slice(1), [...row].reverse().slice(1), row.slice(1)], labels: [0, 999, 0] });
  });

  test('a file of many pieces, with the place of an error in its last row', async () => {
    const rows = 400_000;
    const text = `a,b,y\n${Array.from({ length: rows }, (_, i) => `${i},${i / 2},${i % 7}`).join('\n')}`;
    const { train } = await loadCsv(text);
    expect(train.samples).toBe(rows);
    const [inputs, labels] = [new Float32Array(4), new Float32Array(2)];
    train.gather([310_001, rows - 1], [inputs], labels);
    expect([...inputs, ...labels]).toEqual([310_001, 155_000.5, 399_999, 199_999.5, 310_001 % 7, 399_999 % 7]);
    await expect(loadCsv(`${text}\n1,x,2`)).rejects.toThrow(`t.csv:${rows + 2}:3: column "b" holds "x"`);
  });

  test('validation columns are matched by name', async () => {
    const data = await load({ 't.csv': 'a,b,y\n1,2,3\n4,5,6', 'v.csv': 'y,b,a\n9,8,7' }, { train: { csv: 't.csv', label: 'y' }, validation: { csv: 'v.csv', label: 'y' } });
    expect(everything(data.validation!)).toEqual({ inputs: [[7, 8]], labels: [9] });
    expect(data.train.columns).toEqual(['a', 'b']);
  });
});

/** Ids and class names that a label column gives under cross-entropy. */
const classes = (name: string, values: (string | number)[], ids: number[], names: string[], extra = {}) =>
  test(name, async () => {
    const { train } = await loadCsv(`a,y\n${values.map((value) => `1,${value}`).join('\n')}`, extra, 'crossEntropy');
    expect(train.labels).toEqual({ type: 'int32', dims: [] });
    expect(everything(train).labels).toEqual(ids);
    expect(train.classes).toEqual(names);
  });

describe('class labels', () => {
  classes('ids', [0, 2, 1], [0, 2, 1], ['0', '1', '2']);
  classes('ids with a hole', [0, 3], [0, 3], ['0', '1', '2', '3']);
  classes('ids written as floats', ['0.0', '1.0', '1'], [0, 1, 1], ['0', '1']);
  classes('integers from 3 are sorted by value', [10, 3, 9], [2, 0, 1], ['3', '9', '10']);
  classes('-1 and 1', [1, -1], [1, 0], ['-1', '1']);
  classes('names are sorted', ['red', 'blue', 'red'], [1, 0, 1], ['blue', 'red']);
  classes('names in a given order', ['red', 'blue'], [0, 1], ['red', 'blue', 'green'], { classes: ['red', 'blue', 'green'] });
  classes('ids with given names', [1, 0], [1, 0], ['cat', 'dog'], { classes: ['cat', 'dog'] });
  classes('given names that are numbers', [8, 4], [1, 0], ['4', '8'], { classes: ['4', '8'] });
});
