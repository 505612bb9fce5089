import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepResult } from '../../engine/sweep/table';
import { adamscope, document, interrupt } from '../cli/run';
import { temporaryFolder, writeRunFile } from '../training/run';

const folder = temporaryFolder();
const runFile = writeRunFile({
  model: { layers: [{ dense: 8 }, 'tanh', { dropout: 0.1 }, { dense: 1 }] },
  data: { train: { simulated: 'linear', samples: 400, features: 6, noise: 0.1 }, validation: 0.25 },
  loss: 'mse', optimizer: { type: 'adam' }, batchSize: 16, epochs: 9, diagnose: { level: 'off' },
}, folder);

const sweepFile = path.join(folder, 'test.sweep.json');
const write = (config: object): void => writeFileSync(sweepFile, JSON.stringify({ runFile: 'test.train.json', ...config }, null, 2));

/** What must not depend on how often a sweep was interrupted. */
const table = ({ trials, ...result }: SweepResult): object => ({ ...result, sweep: '', trials: trials.map((trial) => ({ ...trial, run: path.basename(trial.run) })) });

const halving = {
  parameters: { 'optimizer.learningRate': { type: 'logUniform', min: 1e-4, max: 1 }, batchSize: [8, 16] },
  search: { type: 'successiveHalving', runs: 6, reduction: 3, seed: 3 }, metric: 'mae', parallel: 2,
};

describe('a sweep that was ended by force', () => {
  it.each([['in its first rung', 2], ['in its second rung', 7]])('%s ends with the table of one that was not', async (_, lines) => {
    write(halving);
    const [whole, killed] = [0, 1].map(() => path.join(temporaryFolder(), 'sweep'));
    const expected = document<SweepResult>(await adamscope(['sweep', sweepFile, '--out', whole, '--json', '--cores', '2']));
    expect(expected.trials.map(({ status }) => status).sort()).toEqual(['finished', 'pruned', 'pruned', 'pruned', 'pruned', 'pruned']);
    expect(expected.trials.map(({ epochs }) => epochs).sort()).toEqual([1, 1, 1, 1, 3, 9]);

    let ended = false;
    const first = await adamscope(['sweep', sweepFile, '--out', killed, '--cores', '2'], {
      watch(stderr, child) {
        if (ended || (stderr.match(/^run \d/gm)?.length ?? 0) < lines) return;
        ended = process.kill(-child.pid!, 'SIGKILL');
      },
    });
    expect(first.code).toBeNull();
    // The run file has another text since: the sweep goes on with the one that it was begun with.
    const resumed = document<SweepResult>(await adamscope(['sweep', killed, '--json', '--cores', '1']));
    expect(table(resumed)).toEqual(table(expected));
    expect(resumed.trials[0].score).toBe(resumed.trials[0].validation!.mae);
  });
});

describe('adamscope sweep', () => {
  it('makes a grid of a run file and options, writes a report, and does nothing when it is asked again', async () => {
    const out = path.join(temporaryFolder(), 'sweep');
    const html = path.join(temporaryFolder(), 'sweep.html');
    const options = ['--grid', 'optimizer={"type":"sgd"},{"type":"adam"}', '--grid', 'optimizer.learningRate=1e-3,1e30', '--set', 'epochs=2'];
    const result = document<SweepResult>(await adamscope(['sweep', runFile, ...options, '--out', out, '--html', html, '--json']));
    expect(result.trials.map(({ parameters, status }) => [JSON.stringify(parameters.optimizer), parameters['optimizer.learningRate'], status])).toEqual(expect.arrayContaining([
      ['{"type":"sgd"}', 0.001, 'finished'], ['{"type":"sgd"}', 1e30, 'diverged'],
    ]));
    expect(result.trials.at(-1)!.status).toBe('diverged');
    const scores = result.trials.map(({ score }) => score ?? Infinity);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(readFileSync(html, 'utf8')).toMatch(/<title>test: Best: optimizer/);
    const before = readdirSync(path.join(out, 'runs')).map((run) => readFileSync(path.join(out, 'runs', run, 'steps.arrow')));
    const again = await adamscope(['sweep', out]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^run +optimizer +learningRate +status +epochs +loss/) });
    expect(readdirSync(path.join(out, 'runs')).map((run) => readFileSync(path.join(out, 'runs', run, 'steps.arrow')))).toEqual(before);
  });

  it('Ctrl-C stops it where it goes on', async () => {
    const out = path.join(temporaryFolder(), 'sweep');
    let sent = false;
    const stopped = await adamscope(['sweep', runFile, '--grid', 'seed=1,2', '--set', 'epochs=100000', '--out', out, '--json'], {
      watch(_, child) {
        if (!sent && existsSync(path.join(out, 'runs/0001/checkpoints/best.safetensors'))) sent = interrupt(child);
        else setTimeout(() => { if (!sent && existsSync(path.join(out, 'runs/0001/run.json'))) sent = interrupt(child); }, 4000);
      },
    });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(document<SweepResult>(stopped)).toMatchObject({ status: 'stopped', trials: [{ number: 1, status: 'interrupted' }, { number: 2, status: 'waiting' }] });
  });

  it.each([
    [{ parameters: { 'optimizer.lerningRate': [1] } }, /test\.sweep\.json:4:5: unknown key optimizer\.lerningRate, did you mean "learningRate"\? Allowed: .*, in the run with optimizer\.lerningRate 1\n$/],
    [{ parameters: { epochs: [1, 0] } }, /test\.sweep\.json:4:5: epochs must be .*, found 0, in the run with epochs 0\n$/],
    [{ parameters: { loss: ['mse', 'l1'] } }, /test\.sweep\.json:\d+:\d+: metric must name a metric, such as accuracy or mae: with loss among the parameters the losses of two runs are not of the same kind\n$/],
    [{ parameters: { seed: [1, 2] }, metric: 'f1Macro' }, /test\.train\.json:\d+:\d+: .*metrics\.0: f1Macro is not defined for numbers; allowed are mae, mse, rmse or r2\n$|metrics\.0: f1Macro is not defined for numbers/],
    [{ runFile: 'none.train.json', parameters: { seed: [1, 2] } }, /test\.sweep\.json:2:14: the run file .*none\.train\.json does not exist\n$/],
  ])('a mistake is one sentence, before anything is trained (%#)', async (config, sentence) => {
    write(config);
    const ended = await adamscope(['sweep', sweepFile, '--out', path.join(temporaryFolder(), 'sweep')]);
    expect(ended.stderr).toMatch(sentence);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    [[], '--grid is missing: it names a key of the run file and the values to try, such as optimizer.learningRate=1e-4,1e-3\n'],
    [['--grid', 'seed'], '--grid: must be KEY=VALUE,VALUE, found "seed"\n'],
    [['--random', 'seed=normal(0,1)'], '--random seed: must be uniform(MIN,MAX), logUniform(MIN,MAX), integer(MIN,MAX) or choice(A,B), found "normal(0,1)"\n'],
    [['--grid', 'sead=1,2'], expect.stringMatching(/^--grid sead: unknown key sead, did you mean "seed"\?/)],
    [['--grid', 'seed=1,2', '--memory', 'much'], '--memory is "much"; allowed is a size such as 512MB or 4GB\n'],
    [['--grid', 'seed=1,2', '--metric', 'acuracy'], expect.stringMatching(/^--metric: metric must be .*, found "acuracy", did you mean "accuracy"\?/)],
  ])('so is one of the command line (%#)', async (options, stderr) => {
    expect(await adamscope(['sweep', runFile, ...options])).toEqual({ code: 2, stdout: '', stderr });
  });
});
