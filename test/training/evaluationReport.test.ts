import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Random } from '../../engine/random';
import { evaluationHtml } from '../../engine/report/evaluation';
import { paint } from '../../engine/cli/text';
import { evaluationText } from '../../engine/cli/evaluation';
import { evaluateRun } from '../../engine/training/run';
import { png } from '../../engine/training/png';
import { sample } from '../cli/run';
import { temporaryFolder, train, writeRunFile } from './run';

const folder = temporaryFolder();
const random = new Random(1, 'test');
writeFileSync(path.join(folder, 'two.csv'), ['x,y,kind', ...Array.from({ length: 200 }, (_, i) => `${random.normal() + 1.5 * (i % 2)},${random.normal()},${['cat', 'dog'][i % 2]}`)].join('\n'));
const two = { model: { layers: [{ dense: 2 }] }, data: { train: { csv: 'two.csv', label: 'kind' }, validation: 0.3 }, loss: 'crossEntropy', epochs: 3, optimizer: { type: 'adam', learningRate: 0.05 } };
const report = async (runFile: string, set: { path: string; value: unknown }[] = []) => {
  const { run } = await train(runFile, { set });
  return (await evaluateRun({ run, report: true })).report!;
};
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

describe('evaluation report', () => {
  it('of two classes: its parts agree with each other, and the file names the worst samples', async () => {
    const made = await report(writeRunFile(two, folder));
    expect(made).toMatchObject({ data: 'validation', task: 'multiclass', samples: 60 });
    const confusion = made.confusion!;
    expect(sum(confusion.flat())).toBe(60);
    expect((confusion[0][0] + confusion[1][1]) / 60).toBeCloseTo(made.scores.accuracy!, 12);
    expect(made.classes!.map(({ name, support }) => [name, support])).toEqual([['cat', sum(confusion[0])], ['dog', sum(confusion[1])]]);
    expect(made.classes![1].precision).toBeCloseTo(confusion[1][1] / (confusion[0][1] + confusion[1][1]), 12);
    // The area under the drawn curve is the ROC AUC.
    const { x, y } = made.roc!;
    expect(sum(x.slice(1).map((each, i) => ((each - x[i]) * (y[i + 1] + y[i])) / 2))).toBeCloseTo(made.scores.rocAuc!, 12);
    expect(made.worst).toHaveLength(12);
    expect(made.worst.map(({ loss }) => loss)).toEqual(made.worst.map(({ loss }) => loss).toSorted((a, b) => b - a));
    for (const { row, label, prediction, probability, loss } of made.worst) {
      expect(label).toBe(['cat', 'dog'][row % 2]);
      expect(loss).toBeCloseTo(-Math.log(prediction === label ? probability! : 1 - probability!), 9);
    }
    expect(evaluationText(made, paint(false))).toMatch(/class +precision +recall +F1 +samples\ncat +/);
  });

  it('of numbers has residuals and no classes', async () => {
    const made = await report(sample('linear'), [{ path: 'epochs', value: 2 }]);
    expect(made.confusion ?? made.classes ?? made.roc).toBeUndefined();
    const { label, prediction } = made.residuals!;
    expect(sum(label.map((each, i) => (each - prediction[i]) ** 2)) / label.length).toBeCloseTo(made.scores.mse!, 9);
  });

  it('shows images as images, and is one file that loads nothing', async () => {
    const made = await report(sample('digits'), [{ path: 'epochs', value: 1 }]);
    expect(made.worst.every(({ image }) => image?.startsWith('data:image/png;base64,'))).toBe(true);
    const html = evaluationHtml({ ...made, name: '<b>"' });
    expect(html).toContain('&lt;b&gt;&quot;');
    expect(html.match(/(src|href)="(?!data:)/g)).toBeNull();
  });
});

it('a PNG has its pixels in rows, stretched to the range of the image', () => {
  const file = png([0, 1, 2, 3, 4, 5], 1, 2, 3);
  expect([file.readUInt32BE(16), file.readUInt32BE(20), file[24], file[25]]).toEqual([3, 2, 8, 0]);
  const data = file.subarray(41, 41 + file.readUInt32BE(33));
  expect([...inflateSync(data)]).toEqual([0, 0, 51, 102, 0, 153, 204, 255]);
  const colours = png([0, 255, 10, 20, 30, 40], 3, 1, 2);
  expect([...inflateSync(colours.subarray(41, 41 + colours.readUInt32BE(33)))]).toEqual([0, 0, 10, 30, 255, 20, 40]);
});
