/** Steps on images: [channels, height, width]. Without random numbers each does what is right in validation. */
import type { Random } from '../../random';
import { resampler } from '../images/resample';
import type { Run } from './step';

interface Image {
  dims: readonly [channels: number, height: number, width: number];
}

export interface Resize extends Image {
  size: readonly [number, number];
}

export const resize = ({ dims: [channels, ...from], size }: Resize): Run => resampler(channels, from, size);

/** A window of `size` out of the image with `padding` zeros around it: anywhere, or in the middle. */
export interface Crop extends Image {
  size: readonly [number, number];
  padding: number;
  random: boolean;
}

export function crop({ dims: [channels, height, width], size: [newHeight, newWidth], padding, random: isRandom }: Crop): Run {
  const result = new Float64Array(channels * newHeight * newWidth);
  const free = [height - newHeight, width - newWidth];
  return (values, random) => {
    // Without chance the padding is as good as none.
    const [top, left] = free.map((room) => (isRandom && random ? random.below(room + 2 * padding + 1) - padding : Math.round(room / 2)));
    result.fill(0);
    for (let c = 0, at = 0; c < channels; c++) {
      for (let y = 0; y < newHeight; y++, at += newWidth) {
        const row = y + top;
        if (row < 0 || row >= height) continue;
        const [start, end] = [Math.max(0, -left), Math.min(newWidth, width - left)];
        const from = (c * height + row) * width + left;
        if (end > start) result.set(values.subarray(from + start, from + end), at + start);
      }
    }
    return result;
  };
}

export interface Flip extends Image {
  axis: 'horizontal' | 'vertical';
  p: number;
}

export function flip({ dims: [channels, height, width], axis, p }: Flip): Run {
  const swap = (values: Float64Array, a: number, b: number): void => {
    const kept = values[a];
    values[a] = values[b];
    values[b] = kept;
  };
  return (values, random) => {
    if (!random || random.uniform() >= p) return values;
    for (let c = 0; c < channels; c++) {
      const plane = c * height * width;
      if (axis === 'horizontal') {
        for (let y = 0; y < height; y++) for (let x = 0; x < width >> 1; x++) swap(values, plane + y * width + x, plane + (y + 1) * width - 1 - x);
      } else {
        for (let y = 0; y < height >> 1; y++) for (let x = 0; x < width; x++) swap(values, plane + y * width + x, plane + (height - 1 - y) * width + x);
      }
    }
    return values;
  };
}

/** Turns about the centre by an angle between -degrees and degrees; bilinear, 0 beyond the edges. */
export interface Rotate extends Image {
  degrees: number;
}

export function rotate({ dims: [channels, height, width], degrees }: Rotate): Run {
  const result = new Float64Array(channels * height * width);
  const [cy, cx] = [(height - 1) / 2, (width - 1) / 2];
  return (values, random) => {
    if (!random) return values;
    const angle = ((2 * random.uniform() - 1) * degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        // Where the pixel comes from: the inverse rotation; the angle is counter-clockwise on a screen, whose y points down.
        const sx = cos * (x - cx) - sin * (y - cy) + cx;
        const sy = sin * (x - cx) + cos * (y - cy) + cy;
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
        for (let c = 0; c < channels; c++) {
          const pixel = (py: number, px: number): number => (py >= 0 && py < height && px >= 0 && px < width ? values[(c * height + py) * width + px] : 0);
          const top = pixel(y0, x0) * (x0 + 1 - sx) + pixel(y0, x0 + 1) * (sx - x0);
          const bottom = pixel(y0 + 1, x0) * (x0 + 1 - sx) + pixel(y0 + 1, x0 + 1) * (sx - x0);
          result[c * height * width + at] = top * (y0 + 1 - sy) + bottom * (sy - y0);
        }
      }
    }
    return result;
  };
}

/** Factors drawn around 1, as torchvision's ColorJitter; values lie between 0 and `maximum`. */
export interface ColorJitter extends Image {
  brightness: number;
  contrast: number;
  saturation: number;
  maximum: number;
}

export function colorJitter({ dims: [channels, height, width], brightness, contrast, saturation, maximum }: ColorJitter): Run {
  const plane = height * width;
  const factor = (random: Random, spread: number): number => 1 + (2 * random.uniform() - 1) * spread;
  /** Luma of ITU-R BT.601. */
  const luma = (values: Float64Array, i: number): number => (channels === 3 ? 0.299 * values[i] + 0.587 * values[plane + i] + 0.114 * values[2 * plane + i] : values[i]);
  const kept = (value: number): number => Math.min(maximum, Math.max(0, value));
  return (values, random) => {
    if (!random) return values;
    const factors = [brightness, contrast, saturation].map((spread) => factor(random, spread));
    for (let i = 0; i < values.length; i++) values[i] = kept(values[i] * factors[0]);
    let mean = 0;
    for (let i = 0; i < plane; i++) mean += luma(values, i) / plane;
    for (let i = 0; i < values.length; i++) values[i] = kept(mean + (values[i] - mean) * factors[1]);
    if (channels !== 3) return values;
    for (let i = 0; i < plane; i++) {
      const grey = luma(values, i);
      for (let at = i; at < values.length; at += plane) values[at] = kept(grey + (values[at] - grey) * factors[2]);
    }
    return values;
  };
}

/** Sets a square with a random centre to 0; what of it lies beyond the edges is lost (DeVries & Taylor 2017). */
export interface Cutout extends Image {
  size: number;
  p: number;
}

export const cutout = ({ dims: [channels, height, width], size, p }: Cutout): Run => (values, random) => {
  if (!random || random.uniform() >= p) return values;
  const [top, left] = [random.below(height), random.below(width)].map((centre) => centre - (size >> 1));
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, top); y < Math.min(height, top + size); y++) {
      const row = (c * height + y) * width;
      values.fill(0, row + Math.max(0, left), row + Math.min(width, left + size));
    }
  }
  return values;
};
