export { adadelta } from './adadelta';
export { adagrad } from './adagrad';
export { adam } from './adam';
export { adamax } from './adamax';
export { lion } from './lion';
export { rmsprop } from './rmsprop';
export { sgd } from './sgd';
export { descend, moments } from './tensorwise';
export { combine, dot, gradientSquares, measureStep, penalize } from './vectors';
