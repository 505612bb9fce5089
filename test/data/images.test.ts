import { describe, expect, test } from 'vitest';
import { InputError } from '../../engine/errors';
import type { DataConfig, TransformConfig } from '../../engine/data/schema';
import { type Files, everything, load } from './folder';
import { jpeg, picture, png, type Picture, webp } from './pictures';

/** Smooth, so that JPEG changes little. */
const slope = picture(12, 8, (x, y) => [20 * x, 30 * y, 100]);
const spot = picture(12, 8, (x, y) => [x === 3 && y === 2 ? 250 : 10, 0, 5 * x]);
const planes = ({ width, height, data }: Picture): number[] => Array.from({ length: 3 * width * height }, (_, i) => data[3 * (i % (width * height)) + Math.floor(i / (width * height))]);
const crossEntropy = { loss: 'crossEntropy' };

describe('folders of images', () => {
  test('one folder per class, every format, deeper folders, other files left alone', async () => {
    const files = { 'set/b/1.png': png(slope), 'set/a/deep/2.PNG': png(spot), 'set/a/notes.txt': 'x', 'set/c/3.webp': await webp(spot), 'set/c/4.jpg': await jpeg(slope), 'set/readme.md': 'x' };
    const { train } = await load(files, { train: { images: 'set' } }, crossEntropy);
    expect([train.classes, train.inputs]).toEqual([['a', 'b', 'c'], [{ type: 'float32', dims: [3, 8, 12] }]]);
    const { inputs, labels } = everything(train);
    expect(labels).toEqual([0, 1, 2, 2]);
    expect(inputs.slice(0, 3)).toEqual([planes(spot), planes(slope), planes(spot)]);
    // JPEG at quality 95 of a smooth picture, chroma at half the resolution: 12 of 255.
    planes(slope).forEach((value, i) => expect(Math.abs(inputs[3][i] - value)).toBeLessThan(12));
    // A second time from the memory of what was decoded.
    expect(everything(train).inputs).toEqual(inputs);
  });

  test('a table of labels, grey, from the disk every time', async () => {
    const files = { 'set/1.png': png(slope), 'set/2.png': png(spot), 'l.csv': 'file,y\n2.png,0.5\n1.png,3' };
    const { train } = await load(files, { train: { images: 'set', labels: { csv: 'l.csv', label: 'y' }, channels: 1 } }, { loss: 'mse', memory: 10 });
    expect(train.inputs[0].dims).toEqual([1, 8, 12]);
    const { inputs, labels } = everything(train);
    expect(labels).toEqual([0.5, 3]);
    expect(inputs[0][2 * 12 + 3]).toBe(Math.round(0.299 * 250 + 0.114 * 15));
  });

  test('size keeps the proportions and takes the middle; half the size is the mean of four where nothing else is near', async () => {
    const flat = picture(12, 8, (x) => (x < 6 ? [40, 40, 40] : [200, 200, 200]));
    const { train } = await load({ 'set/a/1.png': png(flat), 'set/b/2.png': png(picture(4, 4, () => [9, 8, 7])) }, { train: { images: 'set', size: [4, 4] } }, crossEntropy);
    const [wide, small] = everything(train).inputs;
    // The middle 8 x 8 has its edge in the middle of the result: the triangle filter of width 4 weighs 1/8, 3/8, 3/8, 1/8.
    expect(wide.slice(0, 4)).toEqual([40, 40 + Math.round((200 - 40) / 8), 200 - Math.round((200 - 40) / 8), 200]);
    expect(small).toEqual([...Array<number>(16).fill(9), ...Array<number>(16).fill(8), ...Array<number>(16).fill(7)]);
  });
});

const image = (name: string, bytes: Uint8Array, message: string): { name: string; files: Files; data: DataConfig; message: string } => ({ name, files: { 'set/a/1.png': png(spot), 'set/a/2': '', 'set/b/2.png': bytes }, data: { train: { images: 'set' } }, message });
const whole = { png: png(spot), jpg: await jpeg(slope), webp: await webp(spot) };

/** The JPEG with another size in its frame header (SOF0 or SOF2). */
function declared(side: number): Buffer {
  const bytes = Buffer.from(whole.jpg);
  const frame = Math.max(bytes.indexOf(Buffer.from([0xff, 0xc0])), bytes.indexOf(Buffer.from([0xff, 0xc2])));
  bytes.writeUInt16BE(side, frame + 5);
  bytes.writeUInt16BE(side, frame + 7);
  return bytes;
}

/** The lossless WebP with the largest size that its header can say. */
function largeWebp(): Buffer {
  const bytes = Buffer.from(whole.webp);
  bytes.writeUInt32LE((bytes.readUInt32LE(21) | 0x0fffffff) >>> 0, 21);
  return bytes;
}

test.each([
  image('empty', new Uint8Array(), 'set/b/2.png: is empty.'),
  image('text', Buffer.from('no image'), 'set/b/2.png: is no PNG, JPEG or WebP image.'),
  image('png cut in the header', whole.png.subarray(0, 20), 'set/b/2.png: ends inside its header.'),
  image('png cut in the pixels', whole.png.subarray(0, 50), 'set/b/2.png: is damaged: the png data cannot be decoded.'),
  image('png of more pixels than fit', png(spot, [100_000, 100_000]), 'set/b/2.png: declares 100000 x 100000 pixels; at most 67108864 are decoded.'),
  image('png of more pixels than there are', png(spot, [4000, 4000]), 'set/b/2.png: is damaged: the png data cannot be decoded.'),
  image('png with a wrong checksum', Buffer.concat([whole.png.subarray(0, 45), Buffer.from([1, 2, 3]), whole.png.subarray(48)]), 'set/b/2.png: is damaged: the png data cannot be decoded.'),
  image('jpeg cut in the header', whole.jpg.subarray(0, 30), 'set/b/2.png: ends inside its header.'),
  image('jpeg cut in the pixels', whole.jpg.subarray(0, -20), 'set/b/2.png: is cut off: the jpeg data ends too early.'),
  image('jpeg of more pixels than fit', declared(60_000), 'set/b/2.png: declares 60000 x 60000 pixels; at most 67108864 are decoded.'),
  image('jpeg of more pixels than there are', declared(1000), 'set/b/2.png: is cut off: the jpeg data ends too early.'),
  image('webp of more pixels than fit', largeWebp(), 'set/b/2.png: declares 16384 x 16384 pixels; at most 67108864 are decoded.'),
  image('webp cut in the header', whole.webp.subarray(0, 18), 'set/b/2.png: ends inside its header.'),
  image('webp cut in the pixels', whole.webp.subarray(0, -8), 'set/b/2.png: is damaged: the webp data cannot be decoded.'),
  image('another size', png(picture(5, 5, () => [0, 0, 0])), 'set/b/2.png: has 5 x 5 pixels, the first image has 12 x 8; "size" makes all images equally large.'),
  { name: 'no folder', files: {}, data: { train: { images: 'set' } }, message: 'set: there is no file FOLDER/set; paths are relative to the run file.' },
  { name: 'a file', files: { set: 'x' }, data: { train: { images: 'set' } }, message: 'set: is a file; a folder of images is expected.' },
  { name: 'no classes', files: { 'set/1.png': png(spot) }, data: { train: { images: 'set' } }, message: 'set: holds no images (.png, .jpg, .jpeg or .webp) in folders; there is one folder per class; "labels" names a table where there are no such folders.' },
  { name: 'a file that the table names is missing', files: { 'set/1.png': png(spot), 'l.csv': 'f,y\n1.png,a\nno.png,b' }, data: { train: { images: 'set', labels: { csv: 'l.csv', label: 'y' } } }, message: 'set/no.png: cannot be read (ENOENT).' },
  { name: 'a file outside', files: { 'set/1.png': png(spot), 'l.csv': 'f,y\n1.png,a\n../../x.png,b' }, data: { train: { images: 'set', labels: { csv: 'l.csv', label: 'y' } } }, root: '.', message: '../x.png: lies outside the folder FOLDER; files that a run uses must stay inside it.' },
] satisfies { name: string; files: Files; data: DataConfig; message: string; root?: string }[])('image files: $name', async ({ files, data, message, ...rest }) => {
  const error: unknown = await load(files as unknown as Files, data, { ...crossEntropy, ...rest }).then(({ train }) => everything(train)).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message.replace(/\/\S*data-\w{6}/, 'FOLDER')).toBe(message);
});

describe('transforms of images', () => {
  const [width, height] = [12, 8];
  const at = (values: number[], c: number, y: number, x: number, w = width, h = height) => values[(c * h + y) * w + x];
  /** Both samples of `spot`, in validation and in three epochs. */
  const run = async (...transforms: TransformConfig[]) => {
    const { train } = await load({ 'set/a/1.png': png(spot), 'set/b/2.png': png(spot) }, { train: { images: 'set' }, transforms }, crossEntropy);
    const size = train.inputs[0].dims.reduce((a, b) => a * b);
    const epoch = (number?: number) => {
      const values = new Float32Array(2 * size);
      train.gather([0, 1], [values], new Int32Array(2), number);
      return [[...values.subarray(0, size)], [...values.subarray(size)]];
    };
    return { dims: train.inputs[0].dims, plain: epoch(), epochs: [0, 1, 2, 3, 4, 5, 6, 7].flatMap(epoch), again: [0, 1, 2, 3, 4, 5, 6, 7].flatMap(epoch) };
  };
  const original = planes(spot);

  test.each<[string, TransformConfig]>([
    ['randomCrop', { randomCrop: { size: [8, 12], padding: 2 } }], ['horizontalFlip', { horizontalFlip: {} }], ['verticalFlip', { verticalFlip: {} }],
    ['rotate', { rotate: 30 }], ['colorJitter', { colorJitter: { brightness: 0.3, contrast: 0.3, saturation: 0.3 } }], ['cutout', { cutout: 4 }],
  ])('%s leaves validation alone, differs by epoch and sample, and is the same again', async (_, transform) => {
    const { plain, epochs, again } = await run(transform);
    expect(plain).toEqual([original, original]);
    expect(again).toEqual(epochs);
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
  });

  test('flips mirror, all of them at p = 1', async () => {
    const { epochs } = await run({ horizontalFlip: { p: 1 } }, { verticalFlip: { p: 1 } });
    for (const values of epochs) for (const c of [0, 1, 2]) expect(at(values, c, 5, 8)).toBe(at(original, c, 2, 3));
  });

  test('every place of a random crop is a shifted picture with zeros beyond', async () => {
    const { epochs, dims } = await run({ randomCrop: { size: 6, padding: 3 } });
    expect(dims).toEqual([3, 6, 6]);
    for (const values of epochs) {
      const fits = Array.from({ length: (8 + 6 - 6 + 1) * (12 + 6 - 6 + 1) }, (_, i) => [Math.floor(i / 13) - 3, (i % 13) - 3]).some(([top, left]) =>
        values.every((value, i) => {
          const [c, y, x] = [Math.floor(i / 36), Math.floor(i / 6) % 6 + top, (i % 6) + left];
          return value === (y >= 0 && y < 8 && x >= 0 && x < 12 ? at(original, c, y, x) : 0);
        }));
      expect(fits).toBe(true);
    }
  });

  test('centre crop, then resize to what it was', async () => {
    const { plain } = await run({ centerCrop: [4, 6] });
    expect(plain[0].slice(0, 6)).toEqual([10, 10, 10, 10, 10, 10].map((value, i) => (i === 0 ? at(original, 0, 2, 3) : value)));
    const { dims, plain: [back] } = await run({ resize: [8, 12] });
    expect([dims, back]).toEqual([[3, 8, 12], original]);
  });

  test('resize weighs neighbours by a triangle of half width 12 / 5, as antialias=True does in torch.nn.functional.interpolate, to 1e-5', async () => {
    const ramp = picture(12, 1, (x) => [x, x, x]);
    const { train } = await load({ 'set/a/1.png': png(ramp), 'set/b/1.png': png(ramp) }, { train: { images: 'set' }, transforms: [{ resize: [1, 5] }] }, crossEntropy);
    const expected = Array.from({ length: 5 }, (_, i) => {
      const centre = (i + 0.5) * 2.4;
      const weights = Array.from({ length: 12 }, (__, x) => Math.max(0, 1 - Math.abs(x + 0.5 - centre) / 2.4));
      return weights.reduce((sum, weight, x) => sum + weight * x, 0) / weights.reduce((a, b) => a + b);
    });
    everything(train).inputs[0].slice(0, 5).forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
  });

  test('rotation by an angle near 0 changes little, and keeps the centre', async () => {
    const smooth = png(slope);
    const { train } = await load({ 'set/a/1.png': smooth, 'set/b/2.png': smooth }, { train: { images: 'set' }, transforms: [{ rotate: 1 }] }, crossEntropy);
    const values = new Float32Array(2 * 288);
    train.gather([0, 1], [values], new Int32Array(2), 0);
    // 1 degree moves a pixel near the centre by less than 0.05, over slopes of 20 and 30 a pixel.
    for (const y of [3, 4]) for (const x of [5, 6]) for (const c of [0, 1, 2]) expect(Math.abs(values[(c * 8 + y) * 12 + x] - at(planes(slope), c, y, x))).toBeLessThan(2.5);
  });

  test('cutout sets one square to 0, or what of it is inside', async () => {
    const { epochs } = await run({ scale: { from: [0, 1], to: [1, 2] } }, { cutout: 4 });
    for (const values of epochs) {
      const zeros = values.slice(0, 96).flatMap((value, i) => (value === 0 ? [i] : []));
      const [xs, ys] = [zeros.map((i) => i % 12), zeros.map((i) => Math.floor(i / 12))];
      const [w, h] = [Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1];
      expect(zeros).toHaveLength(w * h);
      expect(w <= 4 && h <= 4 && w >= 2 && h >= 2).toBe(true);
    }
  });

  test('colour jitter stays between black and white, and brightness alone is one factor', async () => {
    const { epochs } = await run({ colorJitter: { brightness: 0.5, contrast: 0.5, saturation: 0.5 } });
    for (const values of epochs) expect(values.every((value) => value >= 0 && value <= 255)).toBe(true);
    const { epochs: bright } = await run({ colorJitter: { brightness: 0.5 } });
    // float32 of a float64 product: 1e-5 of values up to 25.
    for (const values of bright) for (const x of [1, 5]) expect(Math.abs(at(values, 2, 0, x) / at(original, 2, 0, x) - at(values, 0, 0, 0) / 10)).toBeLessThan(1e-5);
  });

  test.each<[string, TransformConfig[], string]>([
    ['a crop too large', [{ centerCrop: 20 }], 'set: the transform centerCrop takes 20 x 20 out of images of 8 x 12.'],
    ['jitter after scaling', [{ scale: 2 }, { colorJitter: {} }], 'set: the transform colorJitter must come before scale and standardize: it needs to know what black and white are.'],
  ])('%s', async (_, transforms, message) => {
    await expect(run(...transforms)).rejects.toThrow(message);
  });
});
