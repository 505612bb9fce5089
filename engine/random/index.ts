export { hash, Random } from './random';
