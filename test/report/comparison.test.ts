import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Comparison, comparisonTable } from '../../engine/report/comparison';
import { readRun } from '../../engine/run/folder';
import { adamscope, document } from '../cli/run';
import { temporaryFolder, train } from '../training/run';

const line = {
  model: { layers: [{ dense: 1 }] }, data: { train: { simulated: 'linear', samples: 200, features: 4, noise: 0.1 }, validation: 0.2 },
  loss: 'mse', optimizer: { type: 'adam', learningRate: 0.001 }, batchSize: 16, epochs: 3, metrics: ['mae', 'r2'],
};

describe('adamscope compare', () => {
  let runs: string[];
  beforeAll(async () => {
    const configs = [line, { ...line, optimizer: { type: 'sgd', learningRate: 0.05 } }];
    runs = [];
    for (const config of configs) runs.push((await train(config)).run);
  });
  const compare = async (...options: string[]): Promise<Comparison> => document(await adamscope(['compare', ...runs, '--json', ...options]));

  it('names what differs and only that', async () => {
    const { differing, runs: [first, second] } = await compare();
    expect(differing).toEqual(expect.arrayContaining(['optimizer.type', 'optimizer.learningRate', 'optimizer.beta1']));
    expect(differing.some((key) => /^(data|loss|epochs|model)/.test(key))).toBe(false);
    expect([first, second].map(({ parameters }) => parameters['optimizer.learningRate'])).toEqual([0.001, 0.05]);
    expect(second.parameters).not.toHaveProperty(['optimizer.beta1']);
  });

  it('has the curves of the records, over steps, time or samples', async () => {
    const { steps, header } = readRun(runs[0]);
    const validated = steps.filter(({ validation }) => validation);
    const [bySteps, byTime, bySamples] = await Promise.all([compare(), compare('--over', 'time'), compare('--over', 'samples')]);
    expect(bySteps.runs[0].curves['validation r2']).toEqual({ x: validated.map(({ step }) => step), y: validated.map(({ validation }) => validation!.scores!.r2) });
    expect(byTime.runs[0].curves['validation loss'].x).toEqual(validated.map(({ seconds }) => seconds));
    expect(bySamples.runs[0].curves['validation loss'].x).toEqual([1, 2, 3].map((epoch) => epoch * header.trainSamples));
    expect(bySteps.runs[0].curves['train loss'].y).toEqual(steps.map(({ loss }) => loss));
  });

  it('marks the best in the table and writes a page', async () => {
    const comparison = await compare();
    const errors = comparison.runs.map(({ validation }) => validation!.mae!);
    expect(comparisonTable(comparison).rows.map(({ best }) => best)).toEqual(errors.map((error) => error === Math.min(...errors)));
    const html = path.join(temporaryFolder(), 'comparison.html');
    expect(await adamscope(['compare', ...runs, '--html', html])).toMatchObject({ code: 0, stdout: expect.stringContaining(`report: ${html}`) });
  });

  it.each([[['compare'], /^compare: RUN is missing; usage: /], [['compare', 'nowhere'], /^compare needs two runs or more\n$/], [['compare', 'a', 'b', '--over', 'days'], /^--over is "days"; allowed are steps, time or samples\n$/], [['compare', 'a', 'b'], /a: the folder is not a run: it has no run\.json\n$/]])('%j is a sentence', async (args, sentence) => {
    const ended = await adamscope(args);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.code).toBe(2);
  });
});
