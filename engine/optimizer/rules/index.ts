import { adadelta } from './adadelta';
import { adagrad } from './adagrad';
import { adam, adamw } from './adam';
import { adamax } from './adamax';
import { lamb } from './lamb';
import { lbfgs } from './lbfgs';
import { lion } from './lion';
import { nadam } from './nadam';
import { radam } from './radam';
import { rmsprop } from './rmsprop';
import { sgd } from './sgd';
import { stableadamw } from './stableadamw';

/** Every optimizer by its `type`. A new one is a file here (options, state, kernel call) and, unless a kernel fits, its loop in ../kernel. */
export const rules = { sgd, adam, adamw, nadam, radam, adamax, stableadamw, lamb, lion, rmsprop, adagrad, adadelta, lbfgs };
