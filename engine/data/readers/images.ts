import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors';
import { prepareDecoders } from '../images/decode';
import { readHeader } from '../images/header';
import { resolvePath } from '../path';
import { reshaped, type Samples } from '../samples';
import type { ImagesConfig } from '../schema';
import { partOf } from '../sources/images';
import { type ClassFolders, readClassFolders } from './classFolders';
import { readCsv } from './csv';
import type { TableOptions } from './table';

interface Listing extends ClassFolders {
  locateLabel?: (sample: number, element: number) => ReturnType<Samples['locate']>;
}

/** A folder of images: one folder in it per class, as torchvision's ImageFolder, or a table that tells the label of every file. */
export async function readImages(source: ImagesConfig, options: TableOptions): Promise<Samples> {
  const name = source.images;
  const folder = resolvePath(name, options);
  const { files, labels, locateLabel }: Listing = source.labels === undefined ? readClassFolders(name, folder, source, { extension: /\.(png|jpe?g|webp)$/i, what: 'images (.png, .jpg, .jpeg or .webp)', otherwise: '; "labels" names a table where there are no such folders' }) : await byTable(source, options);
  await prepareDecoders();
  const [height, width] = source.size === undefined ? sizeOf(folder, name, files[0]) : typeof source.size === 'number' ? [source.size, source.size] : source.size;
  if (source.size !== undefined && options.targets.some(({ boxes }) => boxes)) checkWhole(folder, name, files, [height, width]);
  const channels = source.channels ?? 3;
  const bytes = channels * height * width;
  const cached = files.length * bytes <= options.memory;
  return {
    count: files.length,
    features: {
      type: source.inputType ?? 'float32',
      dims: reshaped([channels, height, width], source.reshape, name),
      source: {
        kind: 'images', folder, name, files, channels, size: [height, width], resized: source.size !== undefined, width: bytes,
        ...(cached && { cache: { pixels: new SharedArrayBuffer(files.length * bytes), done: new SharedArrayBuffer(files.length) } }),
      },
      steps: [],
    },
    labels,
    classes: source.classes,
    locate: (sample, part, element) => (part === 'label' && locateLabel ? locateLabel(sample, element) : { place: { file: path.join(name, files[sample]) }, what: part === 'label' ? 'its folder' : 'the image' }),
  };
}

/** File names and labels from a CSV file. */
async function byTable(source: ImagesConfig, options: TableOptions): Promise<Listing> {
  const { csv, file = 0, label } = source.labels!;
  const { offset, limit, classes } = source;
  const table = await readCsv({ csv, label, columns: [file], offset, limit, classes }, { ...options, memory: Infinity, categorical: [['images', file]], imputed: [], expected: undefined, text: undefined });
  const [{ categories }] = table.features.columns!;
  const rows = table.features.source as Extract<typeof table.features.source, { kind: 'memory' }>;
  const files = Array.from(rows.data, (id) => categories![id]);
  // What a table names must lie where the run file may reach.
  files.forEach((name) => resolvePath(path.join(source.images, name), options));
  return { files, labels: table.labels, locateLabel: (sample, element) => table.locate(sample, 'label', element) };
}

/** Of an image that is cut to the size of all, what is left has moved, and its box has not. */
function checkWhole(folder: string, name: string, files: readonly string[], size: [number, number]): void {
  for (const file of files) {
    const [height, width] = sizeOf(folder, name, file);
    const [partHeight, partWidth] = partOf({ height, width }, size);
    if (partHeight !== height || partWidth !== width) {
      throw new InputError(`has ${width} x ${height} pixels and is cut to ${partWidth} x ${partHeight} for the proportions of "size", but its box would stay where it is; give all images these proportions beforehand.`, { file: path.join(name, file) });
    }
  }
}

function sizeOf(folder: string, name: string, file: string): [number, number] {
  try {
    const { width, height } = readHeader(readFileSync(path.join(folder, file)));
    return [height, width];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`${code ? `cannot be read (${code})` : message}.`, { file: path.join(name, file) });
  }
}
