import { describe, expect, test } from 'vitest';
import type { Edit, Finding } from '../../engine/diagnosis/finding';
import { difference } from '../../extension/editor/difference';
import { preferredEdits } from '../../extension/editor/preferred';
import { refusalPlace } from '../../extension/editor/refusal';
import { openFindings, valueIn } from '../../extension/editor/staleness';
import { explosion } from './syntheticRun';

describe('difference', () => {
  test.each([
    ['abc', 'abc', [3, 3, '']],
    ['rate: 0.1 // x', 'rate: 0.0012 // x', [8, 9, '0012']],
    ['aa', 'aaa', [2, 2, 'a']],
    ['aaa', 'aa', [2, 3, '']],
    ['', 'new', [0, 0, 'new']],
  ])('%j to %j', (before, after, [start, end, text]) => {
    expect(difference(before, after)).toEqual({ start, end, text });
    expect(before.slice(0, start as number) + text + before.slice(end as number)).toBe(after);
  });
});

const finding = (id: string, edits: Edit[], symptomOf?: string): Finding => ({
  ...explosion[0], id, rule: id, target: { path: edits[0]?.path ?? 'loss' }, remedies: edits.length > 0 ? [{ title: id, edits }] : [], symptomOf,
});

describe('fixing everything at once', () => {
  test.each<[string, Finding[], number, string[]]>([
    ['causes only', [finding('a', [{ path: 'optimizer.beta2', value: 0.99 }]), finding('b', [{ path: 'clip', value: {} }], 'a')], 1, ['optimizer.beta2']],
    ['the first of two changes of one key', [finding('a', [{ path: 'optimizer.learningRate', value: 1 }]), finding('b', [{ path: 'optimizer.learningRate', value: 2 }])], 1, ['optimizer.learningRate']],
    ['not a key inside one that is replaced', [finding('a', [{ path: 'optimizer', value: {} }]), finding('b', [{ path: 'optimizer.beta2', value: 1 }])], 1, ['optimizer']],
    ['no other layer once one is inserted', [finding('a', [{ path: 'model.layers.1', value: 'relu', kind: 'insert' }]), finding('b', [{ path: 'model.layers.5', value: 'relu' }])], 1, ['model.layers.1']],
    ['names that only begin alike', [finding('a', [{ path: 'model.layers.1', value: 'relu' }]), finding('b', [{ path: 'model.layers.10', value: 'relu' }])], 2, ['model.layers.1', 'model.layers.10']],
    ['no hints', [{ ...finding('a', [{ path: 'batchSize', value: 64 }]), severity: 'information' }], 0, []],
    ['nothing without remedies', [finding('a', [])], 0, []],
  ])('%s', (_, findings, count, paths) => {
    const together = preferredEdits(findings);
    expect(together.count).toBe(count);
    expect(together.edits.map(({ path }) => path)).toEqual(paths);
  });
});

describe('findings that the text has answered', () => {
  const then = { optimizer: { learningRate: 0.1 }, loss: 'crossEntropy' };
  const open = (now: unknown) => openFindings(explosion, (path) => valueIn(now, path), (path) => valueIn(then, path)).map(({ rule }) => rule);

  test('none while nothing has changed', () => expect(open(then)).toEqual(['gradient-exploding', 'loss-spike']));
  test('a remedy is made: the cause goes, and its symptom with it', () => expect(open({ ...then, clip: { globalNorm: 0.64 } })).toEqual([]));
  test('the value at fault is another one', () => expect(open({ ...then, optimizer: { learningRate: 0.05 } })).toEqual([]));
  test('a shorthand is not taken for a change', () => expect(open({ optimizer: 'adam', loss: { type: 'crossEntropy' } })).toEqual(['gradient-exploding', 'loss-spike']));
});

describe('where a refusal is shown', () => {
  test.each([
    ['/x/digits.train.json:4:12: loss must be one of mse', { line: 3, column: 11, text: 'loss must be one of mse' }],
    ['digits.train.json:4: something', { line: 3, column: 0, text: 'something' }],
    ['/x/digits.train.json: it is empty', { line: 0, column: 0, text: 'it is empty' }],
    ['C:\\x\\digits.train.json:4:12: wrong', process.platform === 'win32' ? { line: 3, column: 11, text: 'wrong' } : { path: 'data', text: 'C:\\x\\digits.train.json:4:12: wrong' }],
    ['digits.csv:12:3: not a number: "a"', { path: 'data', text: 'digits.csv:12:3: not a number: "a"' }],
    ['net.onnx: no rule for Foo', { path: 'model', text: 'net.onnx: no rule for Foo' }],
    ['out of memory', { line: 0, column: 0, text: 'out of memory' }],
    ['no device: webgpu is not there', { line: 0, column: 0, text: 'no device: webgpu is not there' }],
  ])('%s', (message, place) => expect(refusalPlace(message, '/x/digits.train.json')).toEqual(place));
});
