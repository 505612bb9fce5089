/** Transforms of images. Nothing is fitted; what is random is drawn anew in every epoch. */
import { InputError } from '../../errors';
import type { ColorJitterConfig, CropConfig, CutoutConfig, FlipConfig, RandomCropConfig, ResizeConfig, RotateConfig } from '../schema';
import type { Change, Fit, Part } from './transform';

type Dims = [channels: number, height: number, width: number];

function dimsOf({ samples: { features: { dims } } }: Part, transform: string, file: string): Dims {
  if (dims.length !== 3) throw new InputError(`the transform ${transform} needs images [channels, height, width], a sample has the dims [${dims.join(', ')}]; "reshape" changes them.`, { file });
  return dims as Dims;
}

const pair = (size: number | [number, number]): [number, number] => (typeof size === 'number' ? [size, size] : size);

const adds = (change: Change) => () => change;

export const resize: Fit<ResizeConfig> = (config, train, file) => {
  const dims = dimsOf(train, 'resize', file);
  const size = pair(config);
  return adds({ step: { op: 'resize', dims, size }, dims: [dims[0], ...size] });
};

const cropped = (name: string, train: Part, file: string, size: [number, number], padding: number, random: boolean): Change => {
  const dims = dimsOf(train, name, file);
  if (size.some((side, i) => side > dims[i + 1] + 2 * padding))
    throw new InputError(`the transform ${name} takes ${size.join(' x ')} out of images of ${dims[1]} x ${dims[2]}${padding > 0 ? ` with ${padding} around them` : ''}.`, { file });
  return { step: { op: 'crop', dims, size, padding, random }, dims: [dims[0], ...size] };
};

export const centerCrop: Fit<CropConfig> = (config, train, file) => adds(cropped('centerCrop', train, file, pair(config), 0, false));

export const randomCrop: Fit<RandomCropConfig> = (config, train, file) => {
  const { size, padding = 0 } = typeof config === 'number' || Array.isArray(config) ? { size: config } : config;
  return adds(cropped('randomCrop', train, file, pair(size), padding, true));
};

const flipped = (axis: 'horizontal' | 'vertical', name: string): Fit<FlipConfig> => ({ p = 0.5 }, train, file) => adds({ step: { op: 'flip', dims: dimsOf(train, name, file), axis, p } });

export const horizontalFlip = flipped('horizontal', 'horizontalFlip');
export const verticalFlip = flipped('vertical', 'verticalFlip');

export const rotate: Fit<RotateConfig> = (degrees, train, file) => adds({ step: { op: 'rotate', dims: dimsOf(train, 'rotate', file), degrees } });

export const colorJitter: Fit<ColorJitterConfig> = ({ brightness = 0, contrast = 0, saturation = 0 }, train, file) => {
  const dims = dimsOf(train, 'colorJitter', file);
  const { source, steps } = train.samples.features;
  if (steps.some(({ op }) => op === 'affine')) throw new InputError('the transform colorJitter must come before scale and standardize: it needs to know what black and white are.', { file });
  const bytes = source.kind === 'images' || (source.kind === 'memory' ? source.data instanceof Uint8Array : source.type === 'uint8');
  return adds({ step: { op: 'colorJitter', dims, brightness, contrast, saturation, maximum: bytes ? 255 : 1 } });
};

export const cutout: Fit<CutoutConfig> = (config, train, file) => {
  const { size, p = 1 } = typeof config === 'number' ? { size: config } : config;
  return adds({ step: { op: 'cutout', dims: dimsOf(train, 'cutout', file), size, p } });
};
