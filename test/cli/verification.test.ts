import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../engine/diagnosis/finding';
import { formatNumber } from '../../engine/diagnosis/numbers';
import type { FixResult, Suggestion, VerifyResult } from '../../engine/host/protocol';
import { parseRunFile } from '../../engine/run/config';
import { readRun } from '../../engine/run/folder';
import { temporaryFolder, writeRunFile } from '../training/run';
import { adamscope, document, interrupt } from './run';

/** A linear problem whose learning rate is so small that nothing is learnt, with a comment that a repair must keep. */
const tooSmall = {
  model: { layers: [{ dense: 16 }, 'tanh', { dense: 1 }] },
  data: { train: { simulated: 'linear', samples: 240, features: 4, noise: 0.1 }, validation: 0.25 },
  loss: 'mse', optimizer: { type: 'adam', learningRate: 1e-7 }, batchSize: 20, epochs: 20,
};

describe('verify, fix and suggest-lr', () => {
  const folder = temporaryFolder();
  const run = path.join(folder, 'run');
  const runFile = writeRunFile(tooSmall, folder);
  let finding: Finding;

  beforeAll(async () => {
    const ended = await adamscope(['train', runFile, '--out', run, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    finding = document<{ findings: Finding[] }>(ended).findings.find(({ symptomOf, remedies }) => !symptomOf && remedies.length > 0)!;
  });

  it('verify says what it will do, then the verdict, and keeps it with the findings', async () => {
    const ended = await adamscope(['verify', run, finding.id, '--seeds', '2', '--steps', '60', '--json']);
    expect(ended.stderr).toMatch(/^4 runs of at most 60 steps from step 64, about/);
    const { remedy: { verified } } = document<VerifyResult>(ended);
    expect(verified).toMatchObject({ measure: 'training loss', seeds: [0, 1], from: 64, steps: 60, diverged: { without: 0, with: 0 } });
    expect(verified!.ratio!.mean).toBeLessThan(1);
    const shown = document<{ findings: Finding[] }>(await adamscope(['diagnose', run, '--json'])).findings.find(({ id }) => id === finding.id);
    expect(shown!.remedies[0].verified).toEqual(verified);
    expect((await adamscope(['diagnose', run])).stdout).toContain('(verified: ');
  });

  it.each([
    ['a finding it has not', ['nothing'], /the run has no finding "nothing"; allowed are /],
    ['a remedy it has not', ['FINDING', '--remedy', '99'], /has (one remedy|the remedies 1 to \d+), found 99/],
    ['one seed', ['FINDING', '--seeds', '1'], /allowed are 2 seeds or more/],
  ])('verify refuses %s', async (_, [wanted, ...rest], message) => {
    const ended = await adamscope(['verify', run, wanted === 'FINDING' ? finding.id : wanted, ...rest]);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('suggest-lr measures a learning rate that trains, and leaves no run behind', async () => {
    const suggestion = document<Suggestion>(await adamscope(['suggest-lr', runFile, '--json']));
    expect(suggestion.current).toBe(1e-7);
    expect(suggestion.learningRate).toBeGreaterThan(1e-4);
    expect(suggestion.learningRate).toBeLessThanOrEqual(1);
    const trained = document<{ validation: { loss: number } }>(await adamscope(['train', runFile, '--set', `optimizer.learningRate=${suggestion.learningRate}`, '--out', path.join(folder, 'suggested'), '--json']));
    expect(trained.validation.loss).toBeLessThan(0.5 * readRun(run).steps.at(-1)!.validation!.loss);
    expect(existsSync(path.join(folder, '.adamscope'))).toBe(false);
    const html = path.join(folder, 'range.html');
    expect((await adamscope(['suggest-lr', runFile, '--html', html])).stdout).toMatch(/▲[\s\S]*learningRate [\d.]+ \(the run file has 1.00e-7\)[\s\S]*report: /);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain(`Learning rate ${formatNumber(suggestion.learningRate!)}: the `);
    // The mean of the batches is drawn up to where it diverges, and both learning rates, which lie in its range, are marked.
    expect(page.match(/stroke-dasharray="4 3"/g)).toHaveLength(2);
    expect(page.match(/<circle/g)!.length).toBeGreaterThan(suggestion.curve.length / 2);
    expect(page).not.toMatch(/NaN|undefined|Infinity|https?:\/\/(?!www\.w3\.org)/);
  });

  it('fix writes a new run file that trains better, and leaves the old one alone', async () => {
    const before = readFileSync(runFile, 'utf8');
    const out = path.join(folder, 'repaired.train.json');
    const ended = await adamscope(['fix', run, '--seeds', '4', '--out', out, '--json']);
    const result = document<FixResult & { file: string }>(ended);
    expect(result).toMatchObject({ status: 'fixed', file: out });
    expect(result.after.error).toBeLessThan(0.2);
    expect(result.before.error).toBeGreaterThan(0.5);
    expect(result.changes[0].verified?.verdict).toBe('helps');
    expect(readFileSync(runFile, 'utf8')).toBe(before);
    const text = readFileSync(out, 'utf8');
    expect(text).toMatch(/^\/\/ Repaired by Adamscope/);
    expect(text).toContain(`// ${result.changes[0].title.slice(0, 20)}`);
    const { config: { data, seed } } = parseRunFile(text, out);
    expect({ data, seed }).toMatchObject({ data: tooSmall.data, seed: 0 });
    expect(await adamscope(['fix', run, '--out', out])).toMatchObject({ code: 2, stderr: expect.stringContaining('the file exists') });
  }, 120_000);

  it('fix can be stopped', async () => {
    let interrupted = false;
    const ended = await adamscope(['fix', run, '--out', path.join(folder, 'stopped.train.json'), '--json'], {
      watch(stderr, child) {
        if (interrupted || !stderr.includes('candidates')) return;
        interrupted = interrupt(child);
      },
    });
    expect(ended.code).toBe(130);
    expect(document<FixResult>(ended).status).toBe('stopped');
  });
});
