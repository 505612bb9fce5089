export { adam } from './adam';
export { adagrad } from './adagrad';
export { rmsprop } from './rmsprop';
export { sgd } from './sgd';
export { gradientSquares } from './norm';
