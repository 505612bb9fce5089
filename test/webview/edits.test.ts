import { describe, expect, it } from 'vitest';
import type { Edit } from '../../engine/diagnosis/finding';
import { editLines, lookup } from '../../webview/views/edits';

const config = {
  model: { layers: [{ dense: { units: 64, initializer: { normal: 0.5 } } }, 'relu', { dense: { units: 10, initializer: { normal: 0.5 } } }, { residual: { layers: ['relu'] } }] },
  optimizer: { learningRate: 0.1, beta2: 0.999 },
};
const lines = (...edits: Edit[]): string[] => editLines(config, edits).map(({ what, from, to }) => [what, from && `(${from})`, to].filter(Boolean).join(' '));

describe('edits', () => {
  it.each<[string, Edit[], string[]]>([
    ['a value', [{ path: 'optimizer.learningRate', value: 0.0012 }], ['learningRate (0.1) 0.0012']],
    ['a new key', [{ path: 'clip.globalNorm', value: 0.64 }], ['globalNorm 0.64']],
    ['a removed key', [{ path: 'optimizer.beta2', value: undefined }], ['remove beta2']],
    ['a layer', [{ path: 'model.layers.1', value: 'leakyRelu' }], ['layers[1] (relu) leakyRelu']],
    ['the same key of several layers', [{ path: 'model.layers.2.dense.initializer', value: 'heNormal' }, { path: 'model.layers.0.dense.initializer', value: 'heNormal' }],
      ['layers[0, 2] initializer ({normal: 0.5}) heNormal']],
    ['insertions', [{ path: 'model.layers.2', value: 'batchNorm', kind: 'insert' }, { path: 'model.layers.1', value: 'batchNorm', kind: 'insert' }], ['insert before layers[1, 2]: batchNorm']],
    ['a nested layer', [{ path: 'model.layers.3.residual.layers.0', value: 'gelu' }], ['layers.3.residual.layers[0] (relu) gelu']],
    ['different changes apart', [{ path: 'optimizer.learningRate', value: 1e-3 }, { path: 'optimizer.beta2', value: 0.99 }], ['learningRate (0.1) 0.001', 'beta2 (0.999) 0.99']],
  ])('%s', (_, edits, want) => expect(lines(...edits)).toEqual(want));

  it('look a path up', () => expect([lookup(config, 'model.layers.1'), lookup(config, 'clip.globalNorm')]).toEqual(['relu', undefined]));
});
