import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationResult, RunResult } from '../../engine/host/protocol';
import { loadData } from '../../engine/data/load';
import { readSafetensors } from '../../engine/run/safetensors';
import { shared } from '../shared';
import { temporaryFolder } from '../training/run';
import { adamscope, document, sample } from './run';

describe('train and what follows it', () => {
  const folder = temporaryFolder();
  const run = path.join(folder, 'run');
  let runFile: string;
  let result: RunResult;
  let stderr: string;

  beforeAll(async () => {
    runFile = sample('digits');
    const ended = await adamscope(['train', runFile, '--set', 'epochs=2', '--out', run, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    result = document(ended);
    ({ stderr } = ended);
  });

  it('train --json prints the result and nothing else on stdout', () => {
    expect(result).toEqual({
      run, status: 'finished', reason: 'all 2 epochs done', epochs: 2, steps: 90,
      train: { loss: expect.any(Number) }, validation: { loss: expect.any(Number), accuracy: expect.any(Number) }, findings: expect.any(Array),
    });
    expect(result.validation!.accuracy).toBeGreaterThan(0.7);
  });

  it('shows progress on stderr, one line an epoch', () => {
    expect(stderr).toMatch(/^digits: 38,282 parameters, 1438 samples to train on, 359 to validate, cpu/);
    expect(stderr.match(/^epoch \d\/2: loss [\d.]+, validation loss [\d.]+, accuracy [\d.]+ % \([\d,]+ samples\/s\)$/gm)).toHaveLength(2);
    expect(stderr).not.toContain('\u001b');
  });

  it('leaves a whole run folder', () => {
    expect(readdirSync(run).sort()).toEqual(['checkpoints', 'findings.json', 'model.onnx', 'result.json', 'run.json', 'steps.arrow']);
    expect(readdirSync(path.join(run, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors', 'step-64.safetensors']);
  });

  it('train without --out puts the run beside the run file', async () => {
    const linear = sample('linear');
    const ended = await adamscope(['train', path.basename(linear), '--set', 'epochs=1'], { cwd: path.dirname(linear) });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^finished: all 1 epochs? done; 1 epochs?, 25 steps\ntrain: loss/) });
    expect(readdirSync(path.join(path.dirname(linear), '.adamscope', 'runs'))).toEqual([expect.stringMatching(/^\d{8}-\d{6}-linear$/)]);
  });

  it('evaluate gives the validation that the run reported', async () => {
    const ended = await adamscope(['evaluate', run, '--json']);
    expect(document<EvaluationResult>(ended)).toEqual({ run, checkpoint: 'best', samples: 359, ...result.validation });
    expect((await adamscope(['evaluate', run, '--checkpoint', 'last'])).stdout).toMatch(/^loss [\d.]+, accuracy [\d.]+ % on 359 samples \(last checkpoint\)\n$/);
  });

  it.each([false, true])('the exported model has the accuracy that the run reported (from the run folder: %s)', async (own) => {
    const file = own ? path.join(run, 'model.onnx') : path.join(folder, 'exported.onnx');
    if (!own) expect(document(await adamscope(['export', run, file, '--json']))).toEqual({ file, bytes: readFileSync(file).length });
    expect(await accuracyOf(file, runFile)).toBeCloseTo(result.validation!.accuracy!, 10);
  });

  it('diagnose --json gives the findings of the run', async () => {
    expect(document(await adamscope(['diagnose', run, '--json']))).toEqual({ findings: result.findings });
    expect(await adamscope(['diagnose', run])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No fault found\.\n/), stderr: '' });
  });

  it('diagnose --sharpness measures and keeps it', async () => {
    const before = readFileSync(path.join(run, 'steps.arrow'));
    expect((await adamscope(['diagnose', run, '--sharpness'])).code).toBe(0);
    expect(readFileSync(path.join(run, 'steps.arrow')).equals(before)).toBe(false);
  });

  it('resume of a finished run changes nothing, and goes on when more epochs are asked for', async () => {
    const ended = await adamscope(['resume', run, '--json']);
    expect(ended.code).toBe(0);
    expect(document(ended)).toEqual(result);
    const more = document<RunResult>(await adamscope(['resume', run, '--epochs', '3', '--json']));
    expect(more).toMatchObject({ status: 'finished', epochs: 3, steps: 135 });
    expect(await adamscope(['resume', run, '--epochs', '1'])).toMatchObject({ code: 2, stdout: '', stderr: `${run}: the run is in epoch 3 already; allowed are 3 epochs or more, found 1\n` });
  });
});

/** Share of right answers of an ONNX file on the validation data of a run file, computed with onnxruntime alone. */
async function accuracyOf(model: string, runFile: string): Promise<number> {
  const { data } = JSON.parse(readFileSync(runFile, 'utf8').replace(/^\s*\/\/.*$/gm, '')) as { data: Parameters<typeof loadData>[0] };
  const { validation } = await loadData(data, { directory: path.dirname(runFile), seed: 0, loss: 'crossEntropy' });
  const { samples } = validation!;
  const inputs = new Float32Array(samples * 64);
  const labels = new Int32Array(samples);
  validation!.gather(Array.from({ length: samples }, (_, i) => i), [inputs], labels);
  const session = await InferenceSession.create(model);
  const output = (await session.run({ [session.inputNames[0]]: new Tensor('float32', inputs, [samples, 1, 8, 8]) }))[session.outputNames[0]].data as Float32Array;
  const right = Array.from(labels).filter((label, i) => {
    const row = output.subarray(10 * i, 10 * i + 10);
    return row.indexOf(Math.max(...row)) === label;
  });
  return right.length / samples;
}

describe('a run that diverges', () => {
  it('ends with 3, says so and keeps the last good state', async () => {
    const run = path.join(temporaryFolder(), 'run');
    const optimizer = JSON.stringify({ type: 'sgd', learningRate: 1e6 });
    const ended = await adamscope(['train', sample('linear'), '--set', `optimizer=${optimizer}`, '--set', 'schedule={"type": "constant"}', '--set', 'checkpoint.everySteps=1', '--out', run, '--json']);
    expect(ended.code, ended.stderr).toBe(3);
    const result = document<RunResult>(ended);
    expect(result).toMatchObject({ run, status: 'diverged', reason: expect.stringMatching(/^the loss is (NaN|Infinity) at step \d+$/) });
    expect(result.findings.map(({ rule }) => rule)).toContain('non-finite');
    const { tensors, metadata } = readSafetensors(path.join(run, 'checkpoints', 'last.safetensors'));
    expect(Number(metadata.step)).toBe(result.steps - 1);
    for (const { data } of Object.values(tensors)) expect(Array.from(data, Number).every(Number.isFinite)).toBe(true);
    const { findings } = document<RunResult>(await adamscope(['diagnose', run, '--json']));
    expect(findings).toEqual(result.findings);
  });

  it('without a checkpoint there is nothing to evaluate, in one sentence', async () => {
    const run = path.join(temporaryFolder(), 'run');
    expect((await adamscope(['train', sample('linear'), '--set', 'optimizer={"type": "sgd", "learningRate": 1e30}', '--out', run])).code).toBe(3);
    expect(await adamscope(['evaluate', run])).toMatchObject({ code: 2, stdout: '', stderr: `${run}: the run has no last checkpoint\n` });
  });
});

describe('devices', () => {
  it('lists the CPU first', async () => {
    const ended = await adamscope(['devices', '--json']);
    expect(ended.code).toBe(0);
    expect(document<object[]>(ended)[0]).toEqual({ id: 'cpu', available: true, description: expect.any(String) });
  });
});

describe.skipIf(!shared)('gradients and step on a reference model', () => {
  const at = (file: string): string => path.join(shared ?? '', 'refs', 'mlp_relu', file);
  const batch = ['--inputs', at('x.npy'), '--labels', at('y.npy'), '--loss', 'crossEntropy'];

  it('gradients', async () => {
    const out = path.join(temporaryFolder(), 'grads.safetensors');
    const ended = await adamscope(['gradients', at('train.onnx'), ...batch, '--out', out]);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^loss [\d.]+\n$/), stderr: '' });
    expect(document(await adamscope(['gradients', at('train.onnx'), ...batch, '--out', out, '--json']))).toEqual({ loss: expect.any(Number) });
    expect(Object.keys(readSafetensors(out).tensors).length).toBeGreaterThan(3);
  });

  it('step', async () => {
    const out = path.join(temporaryFolder(), 'params.safetensors');
    const ended = await adamscope(['step', at('train.onnx'), ...batch, '--optimizer', '{"type": "adam", "learningRate": 1e-3}', '--steps', '5', '--out', out, '--json']);
    const { losses } = document<{ losses: number[] }>(ended);
    expect(losses).toHaveLength(6);
    expect(losses[5]).toBeLessThan(losses[0]);
    expect(existsSync(out)).toBe(true);
  });

  it.each<[string, string[], string]>([
    ['no inputs', ['gradients', 'm.onnx', '--labels', 'y.npy', '--loss', 'mse', '--out', 'g'], '--inputs is missing'],
    ['an unknown loss', ['gradients', at('train.onnx'), '--inputs', at('x.npy'), '--labels', at('y.npy'), '--loss', 'hinge', '--out', 'g'], 'loss is "hinge"; allowed are crossEntropy, bceWithLogits, bce, mse, l1, huber or giou'],
    ['a missing file', ['gradients', at('train.onnx'), '--inputs', 'x.npy', '--labels', at('y.npy'), '--loss', 'mse', '--out', 'g'], 'x.npy: the file cannot be read (ENOENT)'],
    ['an optimizer that is not JSON', ['step', at('train.onnx'), ...batch, '--optimizer', '{adam', '--out', 'g'], '--optimizer is not JSON: {adam'],
    ['an unknown optimizer', ['step', at('train.onnx'), ...batch, '--optimizer', '{"type": "adamm"}', '--out', 'g'], 'The optimizer "adamm" is unknown; allowed are sgd, adam, adamw, nadam, radam, adamax, stableadamw, lamb, lion, rmsprop, adagrad, adadelta or lbfgs.'],
    ['no steps', ['step', at('train.onnx'), ...batch, '--optimizer', '{"type": "adam"}', '--steps', 'x', '--out', 'g'], '--steps is "x"; allowed is a whole number from 1'],
    ['labels of another size', ['gradients', at('train.onnx'), '--inputs', at('x.npy'), '--labels', at('x.npy'), '--loss', 'crossEntropy', '--out', 'g'], ''],
  ])('%s', async (_, args, message) => {
    const ended = await adamscope(args, { cwd: temporaryFolder() });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
    if (message) expect(ended.stderr).toBe(`${message}\n`);
  });
});
