import { adagrad } from './adagrad';
import { adam, adamw } from './adam';
import { rmsprop } from './rmsprop';
import { sgd } from './sgd';

/** Every optimizer by its `type`. A new one is a file here (options, state, kernel call) and, unless a kernel fits, its loop in ../kernel. */
export const rules = { sgd, adam, adamw, rmsprop, adagrad };
