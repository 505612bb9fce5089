import type { Samples } from '../samples';
import type { SourceConfig } from '../schema';
import { readIdxSource, readNpySource, readNpzSource } from './arrays';
import { type CsvOptions, readCsv } from './csv';
import { simulate } from './simulated';

export async function readSource(source: SourceConfig, options: CsvOptions): Promise<Samples> {
  if ('csv' in source) return readCsv(source, options);
  if ('npy' in source) return readNpySource(source, options);
  if ('npz' in source) return readNpzSource(source, options);
  if ('idx' in source) return readIdxSource(source, options);
  return simulate(source);
}

/** What errors call the source. */
export function sourceName(source: SourceConfig): string {
  if ('csv' in source) return source.csv;
  if ('npy' in source) return source.npy;
  if ('npz' in source) return source.npz;
  return 'idx' in source ? source.idx : 'simulated data';
}
