import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { DataConfig, SourceConfig } from '../../engine/data/schema';
import { bytesOf, type Files, load, npy } from './folder';

/** Labels of several outputs. */
const loss = { kind: 'crossEntropy', box: { type: 'giou', boxes: 'xywh' } } as const;
const label = { kind: 'k', box: ['x', 'y', 'w', 'h'] };
const table: SourceConfig = { csv: 't.csv', label };
const good = 'a,k,x,y,w,h\n1,cat,0,0,4,5\n2,dog,1,2,3,4\n3,cat,9,8,7,6\n';
const floats = (...values: number[]) => bytesOf(Float32Array.from(values));
const rows = [0, 0, 0, 4, 5, 1, 1, 2, 3, 4, 0, 9, 8, 7, 6];
const archive = zipSync({ 'x.npy': npy('<f4', '(3, 1)', floats(1, 2, 3)), 'k.npy': npy('<f4', '(3,)', floats(0, 1, 0)), 'b.npy': npy('<f4', '(3, 4)', floats(0, 0, 4, 5, 1, 2, 3, 4, 9, 8, 7, 6)) });

const sources: [string, Files, SourceConfig, string[]][] = [
  ['a table', { 't.csv': good }, table, ['cat', 'dog']],
  ['JSON lines', { 't.jsonl': '{"a":1,"k":"cat","x":0,"y":0,"w":4,"h":5}\n{"a":2,"k":"dog","x":1,"y":2,"w":3,"h":4}\n{"a":3,"k":"cat","x":9,"y":8,"w":7,"h":6}\n' }, { jsonLines: 't.jsonl', label }, ['cat', 'dog']],
  ['arrays', { 'a.npz': archive }, { npz: 'a.npz', inputs: 'x', labels: { kind: 'k', box: 'b' } }, ['0', '1']],
];

describe('labels of several outputs', () => {
  it.each(sources)('of %s stand in one row for each sample', async (_, files, train, classes) => {
    const data = (await load(files, { train }, { loss })).train;
    expect(data.labels).toEqual({ type: 'float32', dims: [5] });
    expect(data.targets).toEqual([{ output: 'kind', type: 'int32', dims: [], before: 0, classes }, { output: 'box', type: 'float32', dims: [4], before: 1, classes: undefined }]);
    expect(data.inputs[0].dims).toEqual([1]);
    const labels = new Float32Array(15);
    data.gather([0, 1, 2], [], labels);
    expect([...labels]).toEqual(rows);
  });

  it('are scaled where they are numbers', async () => {
    const { train } = await load({ 't.csv': good }, { train: table, labelScale: 0.5 }, { loss });
    const labels = new Float32Array(5);
    train.gather([1], [], labels);
    expect([...labels]).toEqual([1, 0.5, 1, 1.5, 2]);
  });

  it.each<[string, Files, DataConfig, string]>([
    ['a box without a column', { 't.csv': good.replaceAll(/,\d+$/gm, '').replace(',h', '') }, { train: table }, 't.csv:1:1: label is "h", but there is no such column; the columns are "a", "k", "x", "y", "w".'],
    ['a negative width', { 't.csv': good.replace('3,4', '-3,4') }, { train: table }, 't.csv:3:11: column "w" holds -3; the width of a box is greater than 0.'],
    ['no height', { 't.csv': good.replace('3,4', '3,0') }, { train: table }, 't.csv:3:13: column "h" holds 0; the height of a box is greater than 0.'],
    ['NaN', { 't.csv': good.replace('9,8', 'NaN,8') }, { train: table }, 't.csv:4:7: column "x" holds "NaN", which is not a finite number.'],
    ['three columns', { 't.csv': good }, { train: { csv: 't.csv', label: { kind: 'k', box: ['x', 'y', 'w'] } } }, 'label of box names 3 columns, but a box has four, xywh.'],
    ['two columns for a class', { 't.csv': good }, { train: { csv: 't.csv', label: { kind: ['k', 'x'], box: ['x', 'y', 'w', 'h'] } } }, 'label of kind names 2 columns, but the loss crossEntropy needs exactly one.'],
    ['an array of triples', { 'a.npz': zipSync({ 'x.npy': npy('<f4', '(2, 1)', floats(1, 2)), 'k.npy': npy('<f4', '(2,)', floats(0, 1)), 'b.npy': npy('<f4', '(2, 3)', floats(1, 2, 3, 4, 5, 6)) }) }, { train: { npz: 'a.npz', inputs: 'x', labels: { kind: 'k', box: 'b' } } }, 'a label has dims [3], but a box has four numbers, xywh.'],
    ['one label', { 't.csv': good }, { train: { csv: 't.csv', label: 'k' } }, 'data.train.label: must say which labels belong to each of the outputs kind, box, as in {"kind": ..., "box": ...}'],
    ['an output without labels', { 't.csv': good }, { train: { csv: 't.csv', label: { kind: 'k' } } }, 'data.train.label: has no labels for the output "box"'],
    ['labels without an output', { 't.csv': good }, { train: { csv: 't.csv', label: { ...label, mask: 'a' } } }, 'data.train.label.mask: is no output of the loss; the outputs are kind, box'],
    ['a source that has one label', {}, { train: { simulated: 'linear', samples: 9, features: 2 } }, 'data.train: has one label for a sample, but the loss names the outputs kind, box'],
    ['a flipped image', { 't.csv': good }, { train: table, transforms: [{ horizontalFlip: {} }] }, 'data.transforms.0: horizontalFlip moves what is in an image'],
  ])('%s', async (_, files, data, message) => {
    await expect(load(files, data, { loss })).rejects.toThrow(expect.objectContaining({ name: 'InputError', message: expect.stringContaining(message) as string }));
  });

  it('where the loss is for one', async () => {
    await expect(load({ 't.csv': good }, { train: table }, { loss: 'mse' })).rejects.toThrow('data.train.label: names the outputs kind, box, but the loss has one for a single output');
  });
});
