import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { previewData } from '../../engine/training/preview';
import { evaluateRun, resumeRun } from '../../engine/training/run';
import { runFiles } from '../../engine/run/folder';
import type { RunResult } from '../../engine/host/protocol';
import { root } from '../shared';
import { temporaryFolder, train, weights, writeRunFile } from './run';

const sample = path.join(root, 'samples/text/reviews.train.json');

describe('the reviews of films', () => {
  it('reach 97 %, where the mean of the same vectors stays near chance', { timeout: 400_000 }, async () => {
    const result = await train(sample);
    expect(result.validation!.accuracy).toBeGreaterThanOrEqual(0.97);
    expect(result.findings.filter(({ severity }) => severity !== 'information')).toEqual([]);
    const words = await train(sample, { set: [{ path: 'model.layers', value: [{ embedding: 24 }, 'transpose', 'globalAveragePool', { dense: 2 }] }] });
    expect(words.validation!.accuracy).toBeLessThan(0.7);

    const { report } = await evaluateRun({ run: result.run, report: true });
    const lines = readFileSync(path.join(root, 'samples/text/reviews.csv'), 'utf8').split('\n');
    for (const { text, row } of report!.worst) expect(lines[row + 1]).toContain(`"${text}"`);
  });

  it('are looked at before training', async () => {
    const { text, samples, problems } = await previewData({ runFile: sample });
    expect(text).toMatchObject({ vocabulary: 507, length: 64, truncated: 0 });
    expect(text!.tokens.max).toBeLessThanOrEqual(64);
    expect(samples[0].text).toMatch(/^[A-Z].*\.$/);
    expect(problems).toEqual([]);
  });
});

describe('the next character of a text', () => {
  it('is told better by those before it than by how frequent each is', { timeout: 400_000 }, async () => {
    const folder = temporaryFolder();
    // The reviews are a text as well.
    const content = readFileSync(path.join(root, 'samples/text/reviews.csv'), 'utf8').slice(0, 60_000);
    writeFileSync(path.join(folder, 't.txt'), content);
    const counts = new Map<string, number>();
    for (const character of content) counts.set(character, (counts.get(character) ?? 0) + 1);
    const entropy = [...counts.values()].reduce((sum, n) => sum - (n / content.length) * Math.log(n / content.length), 0);
    const conv1d = (filters: number, kernel: number, dilation = 1) => ({ conv1d: { filters, kernel, dilation, padding: 'causal' } });
    const { validation, findings } = await train(writeRunFile({
      model: { layers: [{ embedding: 16 }, 'transpose', conv1d(48, 4), 'relu', conv1d(48, 4, 4), 'relu', conv1d(counts.size + 2, 1)] },
      data: { train: { text: 't.txt', limit: 700 }, validation: { text: 't.txt', offset: 700 }, transforms: [{ characters: { length: 64 } }] },
      loss: 'crossEntropy', metrics: ['accuracy', 'perplexity'], optimizer: { type: 'adam', learningRate: 0.003 }, batchSize: 16, epochs: 4,
    }, folder));
    // Not one of a copy of what comes next either, which a look ahead would make of it: the words are drawn at random.
    expect(validation!.loss).toBeLessThan(entropy / 2);
    expect(validation!.loss).toBeGreaterThan(0.3);
    expect(validation!.perplexity).toBeCloseTo(Math.exp(validation!.loss), 3);
    expect(findings.filter(({ severity }) => severity !== 'information')).toEqual([]);
  });
});

const rows = (words: [string, string]): string => `text,y\n${Array.from({ length: 60 }, (_, i) => `the ${words[i % 2]} of day ${i},${i % 2}`).join('\n')}\n`;
const config = {
  model: { layers: [{ embedding: 4 }, 'transpose', { conv1d: { filters: 6, kernel: 3, padding: 'same' } }, 'relu', 'globalMaxPool', { dropout: 0.2 }, { dense: 2 }] },
  data: { train: { csv: 't.csv', label: 'y' }, validation: 0.2, transforms: [{ characters: { length: 16 } }] },
  loss: 'crossEntropy', optimizer: { type: 'adam', learningRate: 0.01 }, batchSize: 16, epochs: 4,
};

describe('the vocabulary of a run', () => {
  const events = { event: () => {}, log: () => {} };
  let runFile: string;
  let whole: RunResult;
  beforeAll(async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 't.csv'), rows(['sun', 'rain']));
    runFile = writeRunFile(config, folder);
    whole = await train(runFile);
  });

  it('is that of its start, after a stop as well as with data that has other letters since', async () => {
    const half = await train(runFile, { untilEpoch: 2 });
    const csv = path.join(path.dirname(runFile), 't.csv');
    const before = readFileSync(csv, 'utf8');
    await resumeRun({ run: half.run }, events, () => {});
    expect(weights(half.run)).toEqual(weights(whole.run));
    try {
      // Learnt anew it would have three more letters, and other ids for all small ones.
      writeFileSync(csv, before.replaceAll('sun', 'ABCun'));
      expect((await evaluateRun({ run: whole.run })).samples).toBe(12);
    } finally {
      writeFileSync(csv, before);
    }
  });

  it('is a tokenizer.json in its folder, which must be whole', async () => {
    const copy = path.join(temporaryFolder(), 'run');
    cpSync(whole.run, copy, { recursive: true });
    const { tokenizer } = runFiles(copy);
    const { model } = JSON.parse(readFileSync(tokenizer, 'utf8')) as { model: { vocab: Record<string, number> } };
    // Seen in the training part: space, digits, letters; ids without a gap.
    expect(Object.values(model.vocab).sort((a, b) => a - b)).toEqual(Object.keys(model.vocab).map((_, i) => i));
    expect(model.vocab).toMatchObject({ '[PAD]': 0, '[UNK]': 1, ' ': 2 });
    appendFileSync(tokenizer, ' ');
    await expect(evaluateRun({ run: copy })).rejects.toThrow(/tokenizer\.json: the file is damaged: its checksum is \w{8}, the run was started with \w{8}/);
  });
});
