import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluationText } from '../../engine/cli/evaluation';
import { paint } from '../../engine/cli/text';
import { buildModel } from '../../engine/layers/model';
import { measuredIn } from '../../engine/metrics/names';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { evaluationHtml } from '../../engine/report/evaluation';
import { readRun, runFiles } from '../../engine/run/folder';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { createSession, runtime } from '../../engine/runtime/ort';
import { createTrainingSession } from '../../engine/training/session';
import { evaluateRun, exportRun, loadRun, resumeRun } from '../../engine/training/run';
import { temporaryFolder, train, writeRunFile } from './run';

/** Made by PyTorch in float64: torch/outputs.py. */
const torch = JSON.parse(readFileSync(path.join(import.meta.dirname, 'torch/outputs.json'), 'utf8')) as {
  input: number[]; labels: number[]; boxes: number[]; total: number; losses: Record<string, number>; parameters: Record<string, number[]>; gradients: Record<string, number[]>;
};

it('two weighted losses have the values and the gradient that PyTorch gives their sum', async () => {
  const model = buildModel([{ dense: 7 }, 'tanh'], { type: 'float32', dims: [6] }, 0, { kind: [{ dense: 3 }], box: [{ dense: 4 }, 'sigmoid'] });
  const { store } = await createOptimizer({ type: 'sgd', learningRate: 0 } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: Float32Array.from(torch.parameters[name]) })));
  const session = await createTrainingSession(model, { kind: { type: 'crossEntropy', labelSmoothing: 0.1, weight: 0.7 }, box: { type: 'giou', weight: 2 } }, 5, 'cpu', store, new Map());
  session.inputs[0].set(torch.input);
  torch.labels.forEach((label, i) => session.labels.set([label, ...torch.boxes.slice(4 * i, 4 * i + 4)], 5 * i));
  const { loss, terms, outputs } = await session.run({ seed: 0, step: 1 });
  // float32: 24 bits, some tens of operations.
  expect(loss).toBeCloseTo(torch.total, 5);
  expect(terms[0]).toBeCloseTo(torch.losses.kind, 5);
  expect(terms[1]).toBeCloseTo(torch.losses.box, 5);
  expect(outputs.map(({ length }) => length)).toEqual([15, 20]);
  for (const [name, expected] of Object.entries(torch.gradients)) {
    const size = Math.hypot(...expected);
    expect(Math.hypot(...expected.map((value, i) => value - store.gradient(name)[i])) / size, name).toBeLessThan(1e-5);
  }
});

/** Points whose kind is the sign of the first, in a box around them. */
const folder = temporaryFolder();
const random = new Random(4, 'test');
const rows = Array.from({ length: 120 }, () => {
  const [a, b] = [random.normal(), random.normal()];
  return [a, b, a > 0 ? 'right' : 'left', 0.5 + 0.1 * a, 0.5 + 0.1 * b, 0.4, 0.3].join(',');
});
writeFileSync(path.join(folder, 'points.csv'), `a,b,kind,x,y,w,h\n${rows.join('\n')}\n`);
const two = {
  model: { layers: [{ dense: 16 }, 'batchNorm', 'relu', { dropout: 0.2 }], heads: { kind: [{ dense: 2 }], box: [{ dense: 8 }, 'relu', { dense: 4 }, 'sigmoid'] } },
  data: { train: { csv: 'points.csv', label: { kind: 'kind', box: ['x', 'y', 'w', 'h'] } }, validation: 0.25 },
  loss: { kind: 'crossEntropy', box: { type: 'giou', boxes: 'cxcywh', weight: 2 } },
  metrics: ['kind.accuracy', 'box.iou', 'localizationAccuracy'],
  optimizer: { type: 'adam', learningRate: 0.02 }, batchSize: 16, epochs: 10,
};
const runFile = writeRunFile(two, folder);
const silent = { event: () => {}, log: () => {} };

describe('a run with two outputs', () => {
  const whole = train(runFile);

  it('learns both, and records the loss of each', async () => {
    const { run, validation } = await whole;
    expect(validation!['kind.accuracy']).toBeGreaterThan(0.85);
    expect(validation!['box.iou']).toBeGreaterThan(0.5);
    const { header, steps } = readRun(run);
    expect(header.outputs).toEqual([{ name: 'kind', classes: 2, output: { kind: 'dense', width: 2 } }, { name: 'box', output: { kind: 'sigmoid', width: 4 } }]);
    expect(header.parameters.map(({ name }) => name)).toContain('box.dense2.weight');
    for (const { loss, losses } of steps) expect(losses!.kind + 2 * losses!.box).toBeCloseTo(loss, 5);
  });

  it('resumes to the same bits', async () => {
    const { run } = await train(runFile, { untilEpoch: 2 });
    await resumeRun({ run }, silent, () => {});
    const [resumed, straight] = [run, (await whole).run].map((each) => readCheckpoint(runFiles(each).last));
    for (const part of ['parameters', 'buffers', 'optimizer'] as const) expect(resumed[part]).toEqual(straight[part]);
  });

  it('is evaluated output by output, with what an independent formula gives', async () => {
    const { report, ...result } = await evaluateRun({ run: (await whole).run, report: true });
    const out = path.join(folder, 'two.onnx');
    await exportRun({ run: (await whole).run, out });
    const { Tensor } = await runtime();
    const session = await createSession(readFileSync(out), 'cpu');
    expect(session.outputNames).toEqual(['kind', 'box']);
    const cells = rows.map((row) => row.split(','));
    const outputs = await session.run({ [session.inputNames[0]]: new Tensor('float32', Float32Array.from(cells.flatMap(([a, b]) => [Number(a), Number(b)])), [rows.length, 2]) });
    const [kinds, boxes] = [outputs.kind.data, outputs.box.data] as Float32Array[];
    const overlap = (i: number): number => {
      const side = (axis: 0 | 1, values: ArrayLike<number>, at: number): [number, number] => [values[at + axis] - values[at + 2 + axis] / 2, values[at + axis] + values[at + 2 + axis] / 2];
      const right = cells[i].slice(3).map(Number);
      const common = ([0, 1] as const).map((axis) => {
        const [[a, b], [c, d]] = [side(axis, boxes, 4 * i), side(axis, right, 0)];
        return Math.max(0, Math.min(b, d) - Math.max(a, c));
      });
      const inner = common[0] * common[1];
      return inner / (boxes[4 * i + 2] * boxes[4 * i + 3] + right[2] * right[3] - inner);
    };
    expect(report!.worst).toHaveLength(12);
    for (const { row, label, boxes: drawn } of report!.worst) {
      expect(label).toMatch(new RegExp(`^kind ${cells[row][2]} · box `));
      expect(drawn).toBeUndefined(); // no image to draw them on
    }
    const all = Array.from({ length: rows.length }, (_, i) => ({ iou: overlap(i), right: (kinds[2 * i + 1] > kinds[2 * i]) === (cells[i][2] === 'right') }));
    const { training } = await loadRun((await whole).run, undefined);
    const judged = Array.from(training.data.validation!.spec.rows, (row) => all[row]);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(result['box.iou']).toBeCloseTo(mean(judged.map(({ iou }) => iou)), 5);
    expect(report!.scores['box.iou50']).toBeCloseTo(mean(judged.map(({ iou }) => Number(iou >= 0.5))), 9);
    expect(result['kind.accuracy']).toBeCloseTo(mean(judged.map(({ right }) => Number(right))), 9);
    expect(result.localizationAccuracy).toBeCloseTo(mean(judged.map(({ iou, right }) => Number(right && iou >= 0.5))), 9);
    expect(report!.scores['kind.loss']! + 2 * report!.scores['box.loss']!).toBeCloseTo(result.loss, 5);
    expect(Object.keys(report!.outputs!)).toEqual(['kind', 'box']);
    expect(evaluationText(report!, paint(false))).toMatch(/kind: Confusion/);
    expect(evaluationHtml(report!)).toContain('>box<');
  });

  it('starts an ONNX model with the same outputs', async () => {
    const out = path.join(folder, 'start.onnx');
    await exportRun({ run: (await whole).run, out });
    const { validation } = await train(writeRunFile({ ...two, model: { onnx: 'start.onnx' }, epochs: 1 }, folder, 'again.train.json'));
    expect(validation!['kind.accuracy']).toBeGreaterThan(0.85);
  });
});

it('accumulated batches give the losses of one', async () => {
  const plain = { ...two, model: { layers: [{ dense: 8 }, 'tanh'], heads: two.model.heads }, epochs: 1 };
  const losses = async (more: object): Promise<number[]> => readRun((await train(writeRunFile({ ...plain, ...more }, folder, 'accumulate.train.json'))).run).steps.flatMap(({ loss, losses: each }) => [loss, each!.kind, each!.box]);
  const [one, four] = [await losses({ batchSize: 32 }), await losses({ batchSize: 8, accumulate: 4 })];
  expect(four).toHaveLength(one.length);
  four.forEach((value, i) => expect(value).toBeCloseTo(one[i], 4));
});

it.each<[string, object, string]>([
  ['a loss for no output', { loss: { ...two.loss, mask: 'mse' }, data: { ...two.data, train: { ...two.data.train, label: { ...two.data.train.label, mask: 'a' } } } }, 'loss.mask: is for no output of the model; its outputs are kind, box'],
  ['one loss for two outputs', { loss: 'crossEntropy', data: { train: { csv: 'points.csv', label: 'kind', columns: ['a', 'b'] } }, metrics: undefined }, 'loss: must have a loss for each of the outputs kind, box, as in {"kind": ..., "box": ...}'],
  ['outputs that the model does not have', { model: { layers: [{ dense: 2 }] } }, 'loss: names the outputs kind, box, but model.heads is not there and the model has one output'],
  ['too few numbers', { model: { ...two.model, heads: { kind: [{ dense: 2 }], box: [{ dense: 3 }] } } }, 'model.heads.box.0: the output "box" has the dimensions [3], but a label has [4]'],
  ['too few classes', { model: { ...two.model, heads: { ...two.model.heads, kind: [{ dense: 1 }] } } }, 'model.heads.kind.0: the output "kind" has the dimensions [1], but the data has 2 classes; crossEntropy needs one output per class'],
  ['a metric of no output', { metrics: ['bx.iou'] }, 'metrics.0: "bx" is no output of the model; its outputs are kind, box'],
  ['a metric that does not say of which', { metrics: ['accuracy'] }, 'metrics.0: accuracy must say of which output it is: kind.accuracy or box.accuracy'],
  ['a metric that is not defined', { metrics: ['kind.iou'] }, 'metrics.0: iou is not defined for classes'],
  ['an output that is a number', { model: { ...two.model, heads: { ...two.model.heads, '2nd': [{ dense: 2 }] } }, loss: { ...two.loss, '2nd': 'mse' }, data: { ...two.data, train: { ...two.data.train, label: { ...two.data.train.label, '2nd': 'a' }, columns: ['b'] } } }, 'model.heads.2nd: is no name for an output'],
])('%s is one sentence', async (_, change, sentence) => {
  await expect(train(writeRunFile({ ...two, ...change }, folder, 'bad.train.json'))).rejects.toThrow(expect.objectContaining({ name: 'InputError', message: expect.stringContaining(sentence) as string }));
});

it('what is shown of a result are its metrics, output by output', () => {
  expect(measuredIn({ run: 'folder', samples: 3, loss: 1, 'box.iou': 0.5, 'box.loss': 1, rmse: undefined, 'kind.accuracy': 1 })).toEqual(['box.loss', 'box.iou', 'kind.accuracy']);
});
