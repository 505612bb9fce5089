import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRunFolder, writeHeader } from '../../engine/run/folder';
import { writeRepaired } from '../../engine/run/repaired';
import { sampleHeader, temporaryFolder } from './storage';

const text = (data: string, model = '{ "layers": [{ "dense": 2 }] }'): string => `// mine\n{ "model": ${model}, "data": { "train": ${data} }, "loss": "crossEntropy" }\n`;

/** A run of digits.train.json, which lies in a folder `work` of the temporary one. */
function run(content = text('{ "csv": "digits.csv", "label": "target" }')) {
  const folder = temporaryFolder();
  const runFile = path.join(folder, 'work', 'digits.train.json');
  mkdirSync(path.join(folder, 'work'));
  mkdirSync(path.join(folder, 'out'));
  writeFileSync(runFile, content);
  const stored = createRunFolder({ runs: path.join(folder, 'work', '.adamscope', 'runs'), name: 'digits' });
  writeHeader(stored, { ...sampleHeader(), runFile });
  return { folder, runFile, stored };
}

describe('the repaired run file', () => {
  it('lies beside the old one under a name that is free, with its text as it is', () => {
    const { folder, runFile, stored } = run();
    const written = [writeRepaired(stored, 'one'), writeRepaired(stored, 'two')];
    expect(written.map((file) => path.relative(folder, file))).toEqual(['work/digits.fixed.train.json', 'work/digits.fixed-2.train.json']);
    expect(written.map((file) => readFileSync(file, 'utf8'))).toEqual(['one', 'two']);
    expect(readFileSync(runFile, 'utf8')).toMatch(/^\/\/ mine/);
  });

  it('replaces no file', () => {
    const { folder, stored } = run();
    const out = path.join(folder, 'out', 'mine.train.json');
    writeFileSync(out, 'precious');
    expect(() => writeRepaired(stored, text('{ "csv": "digits.csv", "label": "target" }'), out)).toThrow(`${out}: the new run file cannot be written (EEXIST)`);
    expect(readFileSync(out, 'utf8')).toBe('precious');
  });

  it.each([
    ['a table', text('{ "csv": "digits.csv", "label": "target" }'), '"csv": "../work/digits.csv"', '"label": "target"'],
    ['an array and its labels', text('{ "npy": "x.npy", "labels": "deep/y.npy" }'), '"npy": "../work/x.npy"', '"labels": "../work/deep/y.npy"'],
    ['an archive, whose labels are a key in it', text('{ "npz": "../data.npz", "inputs": "x", "labels": "y" }'), '"npz": "../data.npz"', '"labels": "y"'],
    ['an absolute path', text('{ "csv": "/data/digits.csv", "label": "target" }'), '"csv": "/data/digits.csv"', '"label": "target"'],
    ['a model', text('{ "csv": "digits.csv", "label": "target" }', '{ "onnx": "nets/a.onnx" }'), '"csv": "../work/digits.csv"', '"onnx": "../work/nets/a.onnx"'],
  ])('names the same files from another folder: %s', (_, content, ...expected) => {
    const { folder, stored } = run(content);
    const written = readFileSync(writeRepaired(stored, content, path.join(folder, 'out', 'new.train.json')), 'utf8');
    for (const part of expected) expect(written).toContain(part);
    expect(written).toMatch(/^\/\/ mine/);
  });
});
