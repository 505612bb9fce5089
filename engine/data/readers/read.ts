import type { Samples } from '../samples';
import type { SourceConfig } from '../schema';
import { readIdxSource, readNpySource, readNpzSource } from './arrays';
import { readCifar } from './cifar';
import { readCsv } from './csv';
import { readImages } from './images';
import { readJsonLines } from './jsonLines';
import { readParquet } from './parquet';
import { simulate } from './simulated';
import type { TableOptions } from './table';
import { readTexts } from './texts';
import { readWindows } from './windows';

/** A reader for each format, by the key of the run file that holds the path. */
const readers: Record<string, (source: never, options: TableOptions) => Samples | Promise<Samples>> = {
  csv: readCsv, jsonLines: readJsonLines, parquet: readParquet, npy: readNpySource, npz: readNpzSource, idx: readIdxSource, cifar: readCifar, images: readImages, texts: readTexts, text: readWindows, simulated: simulate,
};

const formatOf = (source: SourceConfig): string => Object.keys(readers).find((key) => key in source)!;

export const readSource = async (source: SourceConfig, options: TableOptions): Promise<Samples> => readers[formatOf(source)](source as never, options);

/** What errors call the source. */
export function sourceName(source: SourceConfig): string {
  const format = formatOf(source);
  return format === 'simulated' ? 'simulated data' : [(source as Record<string, unknown>)[format] as string | string[]].flat()[0];
}
