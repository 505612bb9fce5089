/** Boxes of images whose pixels a run file moves. Labels stay as they are, so that only what leaves a box where it belongs is allowed. */
import { KeyError } from '../errors';
import { type BoxFormat } from '../loss/schema';
import { ofOutput } from './labels';
import { failAt, type Samples } from './samples';
import type { TransformConfig } from './schema';
import type { Target } from './targets';

/** What moves parts of an image within it. */
const moving = ['centerCrop', 'randomCrop', 'horizontalFlip', 'verticalFlip', 'rotate'];

/** Throws a KeyError for a transform that a box would have to follow. */
export function checkMoves(transforms: readonly TransformConfig[], targets: readonly Target[]): void {
  const at = targets.some(({ boxes }) => boxes) ? transforms.findIndex((transform) => moving.includes(Object.keys(transform)[0])) : -1;
  if (at >= 0) throw new KeyError(`data.transforms.${at}`, `${Object.keys(transforms[at])[0]} moves what is in an image, and its boxes would stay where they are; leave it out, or make such images beforehand`);
}

/** What rounding to float32 may add to a share. */
const rounding = 1e-5;

/** Of images that are resized, boxes in shares of width and height stay right, those in pixels do not. `scale`: of the labels. Throws an InputError that names the first. */
export function checkShares(samples: Samples, targets: readonly Target[], scale = 1): void {
  for (const [i, { boxes }] of targets.entries()) {
    if (!boxes) continue;
    const own = ofOutput(samples, i);
    const { data } = own.labels;
    for (let at = 0; at < data.length; at++) {
      const [low, high] = reach(boxes, Array.from(data.subarray(at - (at % 4), at - (at % 4) + 4), (value) => scale * value), at % 4);
      if (low < -rounding || high > 1 + rounding) failAt(own.locate(Math.floor(at / 4), 'label', at % 4), `holds ${data[at]}, and the box reaches beyond its image of 1 x 1; the boxes of images that are resized are shares of width and height, which "labelScale" may make of pixels.`);
    }
  }
}

/** How far a box reaches along the axis of one of its four numbers. */
function reach(format: BoxFormat, box: readonly number[], element: number): [low: number, high: number] {
  const [start, end] = [box[element % 2], box[2 + (element % 2)]];
  if (format === 'xyxy') return [start, end];
  return format === 'xywh' ? [start, start + end] : [start - end / 2, start + end / 2];
}
