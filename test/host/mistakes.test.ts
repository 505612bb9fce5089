import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import { engineFunctions } from '../../engine/host/functions';
import type { Attributes } from '../../engine/onnx/attributes';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { adamscope } from '../cli/run';
import { bytesOf, type Files, idx, makeFolder, npy } from '../data/folder';

/** Each of these goes the whole way of `adamscope train`: it must be refused by exactly this sentence before the run gets a folder. */
interface Mistake {
  name: string;
  message: string;
  /** Changes of the healthy run file by dotted path; undefined removes the key. */
  change?: Record<string, unknown>;
  /** Text in place of the run file. */
  text?: string;
  /** Files beside `t.csv`, or in its place. */
  files?: Files;
  prepare?: (folder: string) => void;
  out?: string;
  device?: string;
}

const healthy = {
  model: { layers: [{ dense: 4 }, 'relu', { dense: 2 }] },
  data: { train: { csv: 't.csv', label: 'y' } },
  loss: 'crossEntropy',
  optimizer: { type: 'adam', learningRate: 0.001 },
  epochs: 1,
};
const table = 'a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n';

/** A model of two inputs a sample and two outputs, changed. */
function model({ op = 'Relu', attributes = {}, dims = ['batch', 2], second = false, weights = true, opset = 17, type = 'float32' as 'float32' | 'int32' }: { op?: string; attributes?: Attributes; dims?: (number | string)[]; second?: boolean; weights?: boolean; opset?: number; type?: 'float32' | 'int32' } = {}): Uint8Array {
  const graph = Graph.create('test');
  const width = Number(dims.at(-1)) || 2;
  graph.addInput('x', type, dims);
  if (second) graph.addInput('x2', 'float32', ['batch', 2]);
  if (weights) graph.setTensor('fc.weight', { type: 'float32', dims: [width, 2], data: new Float32Array(2 * width).fill(0.1) });
  const start = type === 'int32' ? graph.add('Cast', ['x'], { to: 1 }) : 'x';
  const product = weights ? graph.add('MatMul', [start, 'fc.weight']) : start;
  const other = second ? graph.add('Add', [product, 'x2']) : product;
  graph.add(op, [other], attributes, ['odd']);
  graph.nodes.at(-1)!.name = '/act/Odd';
  graph.addOutput(graph.add('Identity', ['odd'], {}, ['y']), 'float32', ['batch', 2]);
  return writeModel(graph, { opset });
}
const onnx = (name: string, bytes: Uint8Array, message: string, change: Record<string, unknown> = {}): Mistake => ({ name: `ONNX: ${name}`, files: { 'm.onnx': bytes }, change: { model: { onnx: 'm.onnx' }, ...change }, message });
const key = (path: string, value: unknown, message: string, files?: Files): Mistake => ({ name: `${path} = ${JSON.stringify(value)}`, change: { [path]: value }, files, message });
const layers = (list: unknown[], message: string, change: Record<string, unknown> = {}): Mistake => ({ name: `layers ${JSON.stringify(list)}`, change: { 'model.layers': list, ...change }, message });
const image = { 'data.train': { csv: 't.csv', label: 'y', reshape: [1, 1, 2] } };
const ids = { 'data.train': { csv: 't.csv', label: 'y', inputType: 'int32' } };

const mistakes: Mistake[] = [
  { name: 'an empty run file', text: '', message: 'bad.train.json: the file is empty, a run file is a JSON object {...}' },
  { name: 'a cut run file', text: '{ "model": { "layers": [', message: 'bad.train.json:1:25: expected "]", found the end of the file' },
  { name: 'no JSON', text: 'model: dense', message: 'bad.train.json:1:1: expected a value: a text in double quotes, a number, true, false, null, a list or an object, found "model"' },
  { name: 'binary', text: '\u0000\u0001', message: 'bad.train.json:1:1: expected a value: a text in double quotes, a number, true, false, null, a list or an object, found "\u0000"' },
  { name: 'deep nesting', text: '['.repeat(100_000), message: 'bad.train.json:1:201: more than 200 lists and objects are within each other' },
  key('model', undefined, 'bad.train.json:1:1: the run file needs the key "model"'),
  key('data', undefined, 'bad.train.json:1:1: the run file needs the key "data"'),
  key('loss', undefined, 'bad.train.json:1:1: the run file needs the key "loss"'),
  key('modle', {}, 'bad.train.json:25:3: unknown key modle, did you mean "model"? Allowed: $schema, name, model, data, loss, metrics, optimizer, schedule, clip, parameterGroups, regularization, ema, batchSize, accumulate, epochs, seed, device, precision, recompute, threads, diagnose, earlyStop or checkpoint'),
  key('optimizer.learningRate', '0.1', 'bad.train.json:22:21: optimizer.learningRate must be a number of at least 0, found "0.1"'),
  key('optimizer.learningRate', -1, 'bad.train.json:22:21: optimizer.learningRate must be a number of at least 0, found -1'),
  key('optimizer', { type: 'sgd', nesterov: true }, 'bad.train.json:22:17: optimizer.nesterov: needs a momentum above 0 and a dampening of 0; found momentum 0 and dampening 0.'),
  key('batchSize', 0, 'bad.train.json:25:16: batchSize must be an integer of at least 1, found 0'),
  key('epochs', 1.5, 'bad.train.json:24:13: epochs must be an integer of at least 1, found 1.5'),
  key('device', 'tpu', 'bad.train.json:25:13: device: is "tpu"; allowed are auto, cpu, webgpu, cuda, dml or coreml'),
  key('loss', { type: 'crossEntropy', classWeights: [1, 2, 3] }, 'bad.train.json:21:21: loss.classWeights: has 3 weights, but there are 2 classes'),
  key('loss', { type: 'mse', classWeights: [1, 2] }, 'bad.train.json:21:5: unknown key loss.classWeights, allowed: type, classes, boxes or weight'),
  key('schedule', { type: 'cosine', warmupSteps: -1 }, 'bad.train.json:27:20: schedule.warmupSteps must be an integer of at least 0, found -1'),
  key('clip', { globalNorm: 0 }, 'bad.train.json:26:19: clip.globalNorm must be a number greater than 0, found 0'),

  layers([{ dense: 4 }, { dense: 1 }], 'bad.train.json:7:7: model.layers.1: the model\'s output has the dimensions [1], but the data has 2 classes; crossEntropy needs one output per class'),
  layers([{ dense: 3 }], 'bad.train.json:4:7: model.layers.0: the model\'s output has the dimensions [3], but a label has [1]', { loss: 'mse' }),
  layers(['relu'], 'bad.train.json:2:12: model: the model has no parameter to train'),
  layers([{ dense: 2 }, { dense: { units: 2, name: 'dense1' } }], 'bad.train.json:7:7: model.layers.1: two layers have the name "dense1"; names must differ'),
  layers([{ conv2d: { filters: 2, kernel: 3 } }, 'flatten', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: conv1 needs images of dimensions [channels, height, width], but what enters it has the dimensions [2]'),
  layers([{ conv2d: { filters: 2, kernel: 3 } }, 'flatten', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: the window [3, 3] of conv1 is larger than what enters it, [1, 1, 2]', image),
  layers([{ conv2d: { filters: 2, kernel: 1, groups: 3 } }, 'flatten', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: groups of conv1 is 3; allowed is what divides both its 1 input channels and its 2 filters', image),
  layers([{ conv2d: { filters: 2, kernel: [1, 1, 1] } }], 'bad.train.json:7:21: model.layers.0.conv2d.kernel must have 1 to 2 elements, found 3', image),
  layers([{ maxPool2d: 4 }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: the window [4, 4] of maxPool1 is larger than what enters it, [1, 1, 2]', image),
  layers([{ reshape: [3] }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: reshape1 cannot turn the dimensions [2] into [3]'),
  layers([{ reshape: [-1, -1] }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: reshape1 cannot turn the dimensions [2] into [-1, -1]'),
  layers([{ embedding: { numEmbeddings: 9, embeddingDim: 2 } }, 'flatten', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: embedding1 needs whole numbers, but what enters it are floats; "inputType": "int32" in the data source reads them as ids'),
  layers([{ embedding: { numEmbeddings: 3, embeddingDim: 2 } }, 'flatten', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: embedding1 has the ids 0 to 2, but sample 1 of the data holds 3', ids),
  layers([{ dense: 2 }], 'bad.train.json:4:7: model.layers.0: dense1 needs at least one dimension of numbers, but what enters it is int32 [2]; an embedding turns ids into numbers', ids),
  layers([{ residual: [{ conv2d: { filters: 2, kernel: 1, stride: 2 } }, 'flatten'] }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: residual1 cannot add its input [1, 1, 2] to the output of its layers [2]; padding "same" keeps the size', image),
  layers([{ dense: 2 }, 'flatten', { globalAveragePool: {} }], 'bad.train.json:8:7: model.layers.2: globalAveragePool1 needs images of dimensions [channels, height, width] or sequences of dimensions [channels, length], but what enters it has the dimensions [2]'),
  layers([{ dense: 1_000_000_000_000 }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: dense1 brings the model to 2000000000000 parameters; an ONNX model holds at most 536608768 (2 GB)'),
  layers([{ dense: 2_000_000_000 }, { dense: 2 }], 'bad.train.json:4:7: model.layers.0: dense1 brings the model to 4000000000 parameters; an ONNX model holds at most 536608768 (2 GB)'),

  layers(['categoricalEmbedding', { dense: 2 }], 'bad.train.json:4:7: model.layers.0: categoricalEmbedding1 needs columns of categories, which it gets as the first layer after the transform {"categories": {"columns": [...]}}'),
  layers(['categoricalEmbedding', { dense: 2 }], 'bad.train.json:15:19: data.transforms: leave 0.3333333432674408 in the column "a" of sample 1, which is no number of a category (0 to 3); categories that are looked up must be left as they are numbered', { 'data.transforms': [{ categories: { columns: ['a'] } }, { minMax: { columns: ['a'] } }] }),

  key('data.train.csv', 'none.csv', 'none.csv: there is no file none.csv; paths are relative to the run file.'),
  key('data.train.csv', '.', '.: is a folder; a file is expected.'),
  key('data.train.label', 'z', 't.csv:1:1: label is "z", but there is no such column; the columns are "a", "b", "y".'),
  key('data.train.reshape', [3], 't.csv: reshape [3] holds 3 values, a sample has 2.'),
  key('data.train.columns', ['a', 'c'], 't.csv:1:1: columns is "c", but there is no such column; the columns are "a", "b", "y".'),
  key('data.validation', { csv: 'v.csv', label: 'y' }, 'v.csv:1:1: a feature of the training data is "b", but there is no such column; the columns are "a", "y".', { 'v.csv': 'a,y\n1,0\n2,1\n' }),
  key('data.transforms', [{ oneHot: { columns: ['z'] } }], 't.csv:1:1: oneHot is "z", but there is no such column; the columns are "a", "b", "y".'),
  { name: 'an empty CSV', files: { 't.csv': '' }, message: 't.csv: is empty.' },
  { name: 'a CSV with a word', files: { 't.csv': 'a,b,y\n1,x,0\n2,3,1\n' }, message: 't.csv:2:3: column "b" holds "x", which is not a number; list the column in a oneHot transform or leave it out of "columns".' },
  { name: 'a CSV with classes that are no integers', files: { 't.csv': 'a,b,y\n1,1,0.5\n2,3,1\n' }, message: 't.csv:2:5: column "y" holds 0.5, which is no class; the loss crossEntropy needs integers or names, numbers need mse, l1 or huber.' },
  { name: 'a CSV that is a model', files: { 't.csv': model() }, message: 't.csv: is not UTF-8 text; save it as UTF-8.' },
  { name: 'a CSV cut in its gzip', files: { 't.csv': gzipSync(table.repeat(100)).subarray(0, 60) }, message: 't.csv: the gzip data ends too early; the file is cut off.' },
  { name: 'npy cut', files: { 'x.npy': npy('<f4', '(4, 2)', bytesOf(new Float32Array(7))), 'y.npy': npy('<i4', '(4,)', bytesOf(new Int32Array(4))) }, change: { 'data.train': { npy: 'x.npy', labels: 'y.npy' } }, message: 'x.npy: byte 128: shape (4, 2) of float32 needs 32 bytes, the file has 28 left.' },
  { name: 'npy with other samples than labels', files: { 'x.npy': npy('<f4', '(3, 2)', bytesOf(new Float32Array(6))), 'y.npy': npy('<i4', '(4,)', bytesOf(new Int32Array(4))) }, change: { 'data.train': { npy: 'x.npy', labels: 'y.npy' } }, message: 'y.npy: holds 4 labels, but x.npy holds 3 samples.' },
  { name: 'idx cut', files: { 'x.idx': idx(8, [4, 2], [1, 2, 3]), 'y.idx': idx(8, [4], [0, 1, 0, 1]) }, change: { 'data.train': { idx: 'x.idx', labels: 'y.idx' } }, message: 'x.idx: byte 12: dims 4 x 2 of uint8 need 8 bytes, the file has 3 left.' },

  onnx('missing', model(), 'none.onnx: the file does not exist', { model: { onnx: 'none.onnx' } }),
  onnx('a folder', model(), '.: is a folder; an ONNX model is expected', { model: { onnx: '.' } }),
  onnx('empty', new Uint8Array(), 'm.onnx: the file is empty; an ONNX model is expected'),
  onnx('cut', model().subarray(0, -40), 'm.onnx: the file is no ONNX model or it is damaged (premature EOF)'),
  onnx('cut early', model().subarray(0, 10), 'm.onnx: the file is no ONNX model or it is damaged (premature EOF)'),
  onnx('a CSV', Buffer.from(table), 'm.onnx: the file is no ONNX model or it is damaged (premature EOF)'),
  onnx('an op without gradient', model({ op: 'Hardmax' }), 'bad.train.json:3:13: model.onnx: the model cannot be trained: operator Hardmax (node "/act/Odd", opset 17) has no gradient rule'),
  onnx('an op that does not exist', model({ op: 'Nonsense' }), 'm.onnx: the model cannot be run: operator Nonsense (node "/act/Odd", opset 17) is not known to onnxruntime'),
  onnx('other dimensions', model({ dims: ['batch', 3] }), 'bad.train.json:3:13: model.onnx: the model takes samples of dimensions [3], the data has [2]; "reshape" in the data source changes them'),
  onnx('a rank that differs', model({ dims: ['batch', 1, 2] }), 'bad.train.json:3:13: model.onnx: the model takes samples of dimensions [1, 2], the data has [2]; "reshape" in the data source changes them'),
  onnx('an open dimension', model({ dims: ['batch', 'n'] }), 'm.onnx: input "x" leaves dimension 1 open; export the model with it fixed'),
  onnx('two inputs', model({ second: true }), 'bad.train.json:3:13: model.onnx: the model has 2 inputs; training from a run file needs one'),
  onnx('whole numbers wanted', model({ type: 'int32' }), 'bad.train.json:3:13: model.onnx: the model takes whole numbers (int32), the data has floats; "inputType": "int32" in the data source reads them as whole numbers'),
  onnx('no parameters', model({ weights: false }), 'm.onnx: the model has no parameters: no initializer of type float32 takes part in its output'),
  onnx('all frozen', model(), 'bad.train.json:4:15: model.freeze: leaves nothing to train: it matches all 1 parameters', { model: { onnx: 'm.onnx', freeze: ['fc.*'] } }),
  onnx('a pattern of freeze that matches nothing', model(), 'bad.train.json:5:7: model.freeze.0: "conv*" matches no parameter; the parameters are fc.weight', { model: { onnx: 'm.onnx', freeze: ['conv*'] } }),
  onnx('an old opset', model({ opset: 9 }), 'm.onnx: the model uses opset 9; training needs 11 or newer, so export it again, best with opset 17'),
  onnx('an opset of the future', model({ opset: 99 }), 'm.onnx: the model uses opset 99; allowed are 7 to 24'),
  onnx('too few outputs for the classes', model(), 'bad.train.json:3:13: model.onnx: the model\'s output has the dimensions [2], but the data has 3 classes; crossEntropy needs one output per class', { 'data.train': { csv: 't.csv', label: 'y', classes: ['p', 'q', 'r'] } }),
  { name: 'an output folder that is not empty', out: '.', message: 'FOLDER: the folder for the run must be new or empty' },
  { name: 'an output folder that is a file', out: 't.csv', message: 't.csv: the folder for the run cannot be made (ENOTDIR)' },
  { name: 'an output folder within a file', out: 't.csv/run', message: 't.csv/run: the folder for the run cannot be made (ENOTDIR)' },
  { name: 'runs where a file is', prepare: (folder) => writeFileSync(path.join(folder, '.adamscope'), ''), message: '.adamscope/runs: the system refuses access: not a directory (ENOTDIR)' },
  { name: 'a device that is asked for and unknown', device: 'abacus', message: 'device is "abacus"; allowed are auto, cpu, webgpu, cuda, dml or coreml' },
];

/** The healthy run file with changes; a key is written at the end of its object. */
function changed(changes: Record<string, unknown> = {}): string {
  const config = structuredClone(healthy) as Record<string, unknown>;
  for (const [dotted, value] of Object.entries(changes)) {
    const keys = dotted.split('.');
    const last = keys.pop()!;
    const owner = keys.reduce<Record<string, unknown>>((object, name) => object[name] as Record<string, unknown>, config);
    if (value === undefined) delete owner[last];
    else owner[last] = value;
  }
  return JSON.stringify(config, null, 2);
}

function write({ text, change, files, prepare }: Mistake): string {
  const folder = makeFolder({ 't.csv': table, ...files, 'bad.train.json': text ?? changed(change) });
  prepare?.(folder);
  return folder;
}

const plain = (message: string, folder: string): string => message.replaceAll(`${folder}${path.sep}`, '').replaceAll(folder, 'FOLDER');

describe('a run that cannot be started', () => {
  it.each(mistakes)('$name', async (mistake) => {
    const folder = write(mistake);
    const before = readdirSync(folder, { recursive: true }).sort();
    const { functions } = engineFunctions({ event: () => {}, log: () => {} });
    const out = mistake.out === undefined ? undefined : path.join(folder, mistake.out);
    const error: unknown = await functions.train({ runFile: path.join(folder, 'bad.train.json'), out, device: mistake.device }).then(() => 'no error', (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(plain((error as Error).message, folder)).toBe(mistake.message);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });

  it('and the healthy one can', async () => {
    const folder = write({ name: 'healthy', message: '' });
    const { functions } = engineFunctions({ event: () => {}, log: () => {} });
    expect(await functions.train({ runFile: path.join(folder, 'bad.train.json') })).toMatchObject({ status: 'finished', steps: 1 });
  });
});

describe('the command line says the same and ends with 2', () => {
  it.each(['a cut run file', 'data.train.label = "z"', 'layers ["relu"]', 'ONNX: an op without gradient', 'ONNX: cut', 'a CSV with a word', 'runs where a file is'])('%s', async (name) => {
    const mistake = mistakes.find((candidate) => candidate.name === name)!;
    const folder = write(mistake);
    const { code, stdout, stderr } = await adamscope(['train', path.join(folder, 'bad.train.json')]);
    expect({ code, stdout, stderr: plain(stderr, folder) }).toEqual({ code: 2, stdout: '', stderr: `${mistake.message}\n` });
  });
});

// The superuser may read and write everything.
describe.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('what may not be read or written', () => {
  it.each([['bad.train.json', 'bad.train.json: the file cannot be read (EACCES)'], ['t.csv', 't.csv: may not be read: permission denied.'], ['', '.adamscope: the system refuses access: permission denied (EACCES)']])('%j', async (file, message) => {
    const folder = write({ name: 'healthy', message });
    chmodSync(path.join(folder, file), file ? 0o000 : 0o500);
    const { functions } = engineFunctions({ event: () => {}, log: () => {} });
    const error: unknown = await functions.train({ runFile: path.join(folder, 'bad.train.json') }).then(() => 'no error', (reason: unknown) => reason);
    chmodSync(path.join(folder, file), 0o700);
    expect(plain((error as Error).message, folder)).toBe(message);
  });
});
