/** Mixing of samples within a batch: mixup (Zhang et al. 2018) and cutmix (Yun et al. 2019). */
import { add, mul, sub } from '../gradient/expression';
import type { Value } from '../gradient/value';
import { KeyError } from '../errors';
import type { LossOptions, LossRule } from '../loss';
import type { RegularizationConfig } from '../optimizer/schema';
import { Random } from '../random';
import { measure } from './metrics';

export interface MixOptions {
  mixup?: number;
  cutmix?: number;
}

/** What the labels of a batch are mixed by; to be filled like its inputs. */
export interface Mixing {
  /** Of each sample the one that it is mixed with. */
  partners: Int32Array;
  /** One number: how much a sample itself counts; 1: nothing is mixed. */
  share: Float32Array;
}

/** A rectangle of an image, ends excluded. */
interface Box {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The options of a run that mixes; undefined where none does. `boxes`: whether labels are boxes. Throws KeyError where the data cannot be mixed. */
export function mixOptions({ mixup, cutmix }: Partial<RegularizationConfig> = {}, { type, dims }: { type: string; dims: readonly number[] }, boxes = false): MixOptions | undefined {
  if (mixup === undefined && cutmix === undefined) return undefined;
  if (type !== 'float32') throw new KeyError(`regularization.${mixup !== undefined ? 'mixup' : 'cutmix'}`, 'mixes inputs that are numbers, but those of the data are ids');
  if (cutmix !== undefined && dims.length !== 3) throw new KeyError('regularization.cutmix', `needs images of dimensions [channels, height, width], but a sample has [${dims.join(', ')}]; "reshape" in the data source changes them`);
  if (cutmix !== undefined && boxes) throw new KeyError('regularization.cutmix', 'pastes a part of another image, whose box would be that of the whole; "mixup" leaves every box where it is');
  return { mixup, cutmix };
}

/** A loss as the mean of those of the labels and of the labels of the partners: share x loss(a) + (1 - share) x loss(b). */
export const mixedLoss = (rule: LossRule, partners: Value, share: Value): LossRule => ({
  ...rule,
  build(output, labels, options) {
    const permuted = labels.builder.emit('Gather', [labels, partners], { axis: 0 }, labels.dims, labels.type);
    const [own, other] = [labels, permuted].map((each) => rule.build(output, each, options));
    const mean = (a: Value, b: Value): Value => add(mul(a, share), mul(b, sub(1, share)));
    return { loss: mean(own.loss, other.loss), gradient: mean(own.gradient, other.gradient) };
  },
});

/** The metric of a mixed batch, as the mean that its loss is. */
export function measureMixed(loss: LossOptions, output: Float32Array, labels: Float32Array | Int32Array, { partners, share: [share] }: Mixing): number {
  const width = labels.length / partners.length;
  const permuted = labels.map((_, i) => labels[partners[Math.floor(i / width)] * width + (i % width)]);
  return share * measure(loss, output, labels, partners.length) + (1 - share) * measure(loss, output, permuted, partners.length);
}

/** Mixes the samples of a batch of images or rows in place; `batch` counts from the start of the run. */
export function mixBatch(inputs: Float32Array, dims: readonly number[], { partners, share }: Mixing, { mixup, cutmix }: MixOptions, { seed, batch }: { seed: number; batch: number }): void {
  const random = new Random(seed, 'mix', batch);
  const cuts = cutmix !== undefined && (mixup === undefined || random.uniform() < 0.5);
  const lambda = random.beta((cuts ? cutmix : mixup)!);
  partners.set(random.permutation(partners.length));
  if (cuts) {
    const box = cutBox(lambda, dims[1], dims[2], random);
    share[0] = 1 - ((box.bottom - box.top) * (box.right - box.left)) / (dims[1] * dims[2]);
    cut(inputs, partners, dims, box);
  } else {
    share[0] = lambda;
    const before = inputs.slice();
    const width = inputs.length / partners.length;
    for (let i = 0; i < inputs.length; i++) inputs[i] = lambda * before[i] + (1 - lambda) * before[partners[Math.floor(i / width)] * width + (i % width)];
  }
}

/** A rectangle of the area 1 - lambda around any pixel, cut off at the edges, as in the paper's code. */
function cutBox(lambda: number, height: number, width: number, random: Random): Box {
  const side = Math.sqrt(1 - lambda);
  const [y, x] = [random.below(height), random.below(width)];
  const [h, w] = [height, width].map((size) => Math.floor(size * side));
  const within = (value: number, size: number): number => Math.min(Math.max(Math.floor(value), 0), size);
  return { top: within(y - h / 2, height), bottom: within(y + h / 2, height), left: within(x - w / 2, width), right: within(x + w / 2, width) };
}

/** Replaces the box in every image by its partner's, one row of the box in all images after the other: only that row of each has to be kept. */
function cut(inputs: Float32Array, partners: Int32Array, [channels, height, width]: readonly number[], { top, bottom, left, right }: Box): void {
  const side = right - left;
  const kept = new Float32Array(partners.length * side);
  for (let row = 0; row < channels * height; row++) {
    if (row % height < top || row % height >= bottom) continue;
    const start = (sample: number): number => (sample * channels * height + row) * width + left;
    partners.forEach((_, sample) => kept.set(inputs.subarray(start(sample), start(sample) + side), sample * side));
    partners.forEach((partner, sample) => inputs.set(kept.subarray(partner * side, (partner + 1) * side), start(sample)));
  }
}
