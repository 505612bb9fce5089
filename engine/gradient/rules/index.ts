import type { Rules } from '../rule';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { indexing } from './indexing';
import { linear } from './linear';
import { normalization } from './normalization';
import { pooling } from './pooling';
import { reduction } from './reduction';
import { resize } from './resize';
import { shape } from './shape';

/** Reverse mode by ONNX operator. */
export const rules: Rules = { ...elementwise, ...linear, ...shape, ...indexing, ...reduction, ...normalization, ...convolution, ...pooling, ...resize };

/** Operators whose outputs do not change (or change only in jumps) with their inputs: nothing flows through them. */
export const constantOps: ReadonlySet<string> = new Set([
  'Constant', 'ConstantOfShape', 'EyeLike', 'Range', 'Shape', 'Size', 'NonZero', 'OneHot', 'ArgMax', 'ArgMin',
  'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'Xor', 'IsNaN', 'IsInf',
  'Sign', 'Floor', 'Ceil', 'Round', 'Mod', 'BitShift',
  'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli', 'Multinomial',
]);
