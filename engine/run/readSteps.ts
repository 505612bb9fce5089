import { RecordBatchReader, type Data, type RecordBatch } from 'apache-arrow';
import { InputError } from '../errors';
import { readWhole } from './file';
import { Damage, walkMessages } from './messages';
import { columnsIn, currentRows, listsOf, rowChecksum, scalars, texts, type StepColumns } from './stepTable';
import type { StepRecord } from './record';

export interface StoredSteps {
  steps: StepRecord[];
  /** Of the file; the rows of `steps` hold the quantities of this version in any case. */
  columns: StepColumns;
  /** The last message was not written whole (the process was killed): its rows are left out. */
  torn: boolean;
  /** The stream was closed. */
  ended: boolean;
}

/** Reads a run's `steps.arrow`. Throws an InputError where it is damaged other than by a torn end. The records' arrays are views of the file's bytes where it has this version's quantities. */
export function readSteps(file: string): StoredSteps {
  const bytes = readWhole(file);
  try {
    const { end, ...state } = walkMessages(bytes);
    const reader = RecordBatchReader.from(bytes.subarray(0, end)).open();
    const columns = columnsIn(reader.schema);
    if (!columns) throw new Damage('its columns are not those of a run');
    const lists = listsOf(columns);
    const toCurrent = currentRows(columns);
    const steps: StepRecord[] = [];
    let chain = 0;
    for (const batch of reader) {
      for (const { record, checksum } of rowsOf(batch, lists, columns.texts ?? [])) {
        chain = rowChecksum(record, lists, chain);
        if (checksum !== chain) throw new Damage(`the row after step ${steps.at(-1)?.step ?? 0} does not have the checksum that it was written with`);
        steps.push(toCurrent(record));
      }
    }
    return { steps, columns, ...state };
  } catch (error) {
    // A stream of another program that the Arrow reader trips over.
    throw new InputError(`the file is damaged: ${error instanceof Damage ? error.message : 'it is no Arrow stream that can be read'}`, { file });
  }
}

type Lists = ReturnType<typeof listsOf>;

function* rowsOf(batch: RecordBatch, lists: Lists, textColumns: string[]): Generator<{ record: StepRecord; checksum: number }> {
  const column = (name: string): Data => batch.getChild(name)!.data[0];
  const count = batch.numRows;
  const columns = Object.fromEntries([...Object.keys(scalars), ...lists.map(({ name }) => name)].map((name) => [name, column(name)]));
  const checksums = column('checksum').values as Uint32Array;
  // The length of a column of float64 is exact (buffers are padded to 8 bytes): a damaged number of rows does not get past it.
  if (columns.loss.values.length !== count) throw new Damage('a batch has another number of rows than values');
  const boolean = ({ values }: Data, row: number): boolean => ((values[row >> 3] >> (row & 7)) & 1) === 1;
  for (let row = 0; row < count; row++) {
    const scalar = (name: string): number => columns[name].values[row];
    const optional = (name: string): number | undefined => (columns[name].getValid(row) ? scalar(name) : undefined);
    const record: StepRecord = {
      step: scalar('step'), epoch: scalar('epoch'), seconds: scalar('seconds'), learningRate: scalar('learningRate'),
      loss: scalar('loss'), metric: scalar('metric'), gradientNorm: scalar('gradientNorm'), clipped: boolean(columns.clipped, row),
    };
    for (const { name, size } of lists) {
      const { valueOffsets, children: [{ values }] } = columns[name];
      const start = valueOffsets?.[row] ?? row * size;
      if (columns[name].getValid(row)) record[name] = (values as Float32Array).subarray(start, start + size);
    }
    const validation = { loss: optional('validationLoss'), metric: optional('validationMetric') };
    if (validation.loss !== undefined) record.validation = { loss: validation.loss, metric: validation.metric ?? NaN };
    const sharpness = optional('sharpness');
    if (sharpness !== undefined) record.sharpness = sharpness;
    for (const name of textColumns) {
      const text = batch.getChild(name)!.get(row) as string | null;
      if (text !== null) texts[name].set(record, JSON.parse(text) as never);
    }
    yield { record, checksum: checksums[row] };
  }
}
