import { describe, it } from 'vitest';
import { check, type Options } from './check';

const float32: Options = { type: 'float32' };

describe('normalization', () => {
  for (const dims of [[3, 4], [2, 3, 4, 2]]) {
    const channels = [dims[1]];
    const statistics = (value: number) => ({ type: 'float64' as const, dims: channels, data: Float64Array.from({ length: channels[0] }, (_, i) => value + i / 4) });
    it(`BatchNormalization with fixed statistics [${dims}]`, () => check('BatchNormalization', [dims, channels, channels, statistics(-0.3), statistics(0.5)], { attributes: { epsilon: { float: 1e-3 } } }));
  }
  for (const dims of [[2, 3, 5], [2, 3, 4, 2]]) it(`InstanceNormalization [${dims}]`, () => check('InstanceNormalization', [dims, [3], [3]], float32));
  it('LayerNormalization', () => check('LayerNormalization', [[2, 3, 5], [5], [5]]));
  it('LayerNormalization without bias', () => check('LayerNormalization', [[4, 5], [5]], { attributes: { epsilon: { float: 1e-2 } } }));
  it('LayerNormalization over two axes', () => check('LayerNormalization', [[2, 3, 5], [3, 5], [3, 5]], { attributes: { axis: 1 } }));
  it('GroupNormalization, one scale per group', () => check('GroupNormalization', [[2, 4, 3], [2], [2]], { ...float32, opset: 18, attributes: { num_groups: 2 } }));
  it('GroupNormalization, one scale per channel', () => check('GroupNormalization', [[2, 4, 3], [4], [4]], { ...float32, opset: 21, attributes: { num_groups: 2 } }));
});
