import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../engine/data/dataset';
import type { DataConfig, TransformConfig } from '../../engine/data/schema';
import { everything, type Files, load, npy } from './folder';
import { picture, png } from './pictures';

/** Bright rectangles in dark images of 16 x 8: left, top, width, height in pixels. */
const rectangles = [[2, 2, 6, 4], [8, 0, 8, 6], [0, 4, 2, 4]];
const bright = (x: number, y: number, [left, top, width, height]: number[]): boolean => x >= left && x < left + width && y >= top && y < top + height;
const files = (): Files => ({
  ...Object.fromEntries(rectangles.map((box, i) => [`set/${i}.png`, png(picture(16, 8, (x, y) => (bright(x, y, box) ? [255, 255, 255] : [0, 0, 0])))])),
  'shares.csv': ['file,x,y,w,h', ...rectangles.map(([x, y, w, h], i) => [`${i}.png`, x / 16, y / 8, w / 16, h / 8].join())].join('\n'),
  'pixels.csv': ['file,x,y,w,h', ...rectangles.map((box, i) => [`${i}.png`, ...box].join())].join('\n'),
});
const images = (csv: string, size?: number | [number, number]): DataConfig['train'] => ({ images: 'set', labels: { csv, label: ['x', 'y', 'w', 'h'] }, channels: 1, ...(size !== undefined && { size }) });
const giou = { loss: { type: 'giou', boxes: 'xywh' } } as const;

/** Where the bright pixels of a sample lie, in shares of the image. */
function seen({ inputs: [{ dims: [, height, width] }] }: Dataset, pixels: readonly number[]): number[] {
  const at = pixels.flatMap((value, i) => (value > 127 ? [[i % width, Math.floor(i / width)]] : []));
  const [xs, ys] = [0, 1].map((axis) => at.map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left / width, top / height, (Math.max(...xs) + 1 - left) / width, (Math.max(...ys) + 1 - top) / height];
}

describe('boxes of images that are resized', () => {
  it.each<[string, DataConfig]>([
    ['by the transform', { train: images('shares.csv'), transforms: [{ resize: [4, 8] }] }],
    ['by the transform, to other proportions', { train: images('shares.csv'), transforms: [{ resize: [4, 16] }] }],
    ['as they are read', { train: images('shares.csv', [4, 8]) }],
  ])('are where the pixels are, in shares: %s', async (_, data) => {
    const { train } = await load(files(), data, giou);
    const { inputs, labels } = everything(train);
    rectangles.forEach((__, i) => expect(labels.slice(4 * i, 4 * i + 4)).toEqual(seen(train, inputs[i])));
  });

  it('of a square image become shares by labelScale', async () => {
    const pixels = Float32Array.from([0, 2, 4, 2, 2, 0, 6, 8]);
    const data = { 'x.npy': npy('<f4', '(2, 1, 8, 8)', new Uint8Array(4 * 128)), 'y.npy': npy('<f4', '(2, 4)', new Uint8Array(pixels.buffer)) };
    const { train } = await load(data, { train: { npy: 'x.npy', labels: 'y.npy' }, transforms: [{ resize: 4 }], labelScale: 1 / 8 }, giou);
    expect(everything(train).labels).toEqual([0, 0.25, 0.5, 0.25, 0.25, 0, 0.75, 1]);
    expect(train.inputs[0].dims).toEqual([1, 4, 4]);
  });

  const beyond = 'and the box reaches beyond its image of 1 x 1; the boxes of images that are resized are shares of width and height, which "labelScale" may make of pixels.';
  const refused = (transform: TransformConfig): [string, DataConfig, Files, string] => [Object.keys(transform)[0], { train: images('shares.csv'), transforms: [transform] }, files(), `data.transforms.0: ${Object.keys(transform)[0]} moves what is in an image, and its boxes would stay where they are; leave it out, or make such images beforehand`];
  it.each<[string, DataConfig, Files, string]>([
    ['pixels and the transform', { train: images('pixels.csv'), transforms: [{ resize: [4, 8] }] }, files(), `pixels.csv:2:7: column "x" holds 2, ${beyond}`],
    ['pixels and a size', { train: images('pixels.csv', [4, 8]) }, files(), `pixels.csv:2:7: column "x" holds 2, ${beyond}`],
    ['a size of other proportions', { train: images('shares.csv', 8) }, files(), 'set/0.png: has 16 x 8 pixels and is cut to 8 x 8 for the proportions of "size", but its box would stay where it is; give all images these proportions beforehand.'],
    ['one image of other proportions', { train: images('shares.csv', [4, 8]) }, { ...files(), 'set/1.png': png(picture(16, 9, () => [0, 0, 0])) }, 'set/1.png: has 16 x 9 pixels and is cut to 16 x 8 for the proportions of "size", but its box would stay where it is; give all images these proportions beforehand.'],
    refused({ centerCrop: 4 }), refused({ randomCrop: 4 }), refused({ horizontalFlip: {} }), refused({ verticalFlip: {} }), refused({ rotate: 10 }),
  ])('are refused where they would be wrong: %s', async (_, data, made, message) => {
    await expect(load(made, data, giou)).rejects.toMatchObject({ name: 'InputError', message });
  });

  it('in the other formats reach as far as they say', async () => {
    const made = (boxes: number[]): Files => ({ 'x.npy': npy('<f4', '(2, 1, 4, 4)', new Uint8Array(4 * 32)), 'y.npy': npy('<f4', '(2, 4)', new Uint8Array(Float32Array.from(boxes).buffer)) });
    const data: DataConfig = { train: { npy: 'x.npy', labels: 'y.npy' }, transforms: [{ resize: 8 }] };
    const inside = { xyxy: [0, 0.25, 0.5, 1, 0.5, 0, 1, 0.5], cxcywh: [0.25, 0.5, 0.5, 1, 0.75, 0.75, 0.5, 0.5] };
    const outside = { xyxy: [0, 0.25, 0.5, 1, 0.5, 0, 1.5, 0.5], cxcywh: [0.25, 0.5, 0.5, 1, 0.75, 0.75, 0.75, 0.5] };
    for (const boxes of ['xyxy', 'cxcywh'] as const) {
      const options = { loss: { type: 'giou', boxes } as const };
      expect(everything((await load(made(inside[boxes]), data, options)).train).labels).toEqual(inside[boxes]);
      await expect(load(made(outside[boxes]), data, options)).rejects.toThrow(beyond);
    }
  });
});

it('transforms that change no place leave boxes in pixels alone', async () => {
  const { train } = await load(files(), { train: images('pixels.csv'), transforms: [{ colorJitter: { brightness: 0.2 } }, { cutout: 2 }] }, giou);
  expect(everything(train).labels).toEqual(rectangles.flat());
});
