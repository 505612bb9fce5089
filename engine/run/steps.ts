/**
 * `steps.arrow`: the records of a run as an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format),
 * appended in whole messages, so that a killed run leaves at most one torn message at the end.
 */
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { RecordBatchStreamWriter, type RecordBatch, type Schema } from 'apache-arrow';
import { InputError } from '../errors';
import { replaceFile, writeAtomically, writeFully } from './file';
import { seal } from './messages';
import { readSteps } from './readSteps';
import { columnsOf, listsOf, rowChecksum, tableSchema, toBatch, type StepColumns } from './stepTable';
import type { RunHeader, RunRecord, StepRecord } from './record';

export { readSteps } from './readSteps';

export const stepsFile = (folder: string): string => path.join(folder, 'steps.arrow');

const rowsPerBatch = 64;
/** A reader of a live run lags by no more than this. */
const flushMilliseconds = 500;
const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Appends records to a run's `steps.arrow`; holds at most one batch in memory. */
export class StepWriter {
  private rows: StepRecord[] = [];
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly handle: number, private readonly encoder: BatchEncoder) {}

  /**
   * Starts the file, or with `keepSteps` goes on from one after dropping the rows of later steps (atomically: the old file stays whole until then).
   * Throws an InputError if that file is damaged or of other parameters.
   */
  static open(folder: string, header: Pick<RunHeader, 'parameters' | 'activations'>, { keepSteps }: { keepSteps?: number } = {}): StepWriter {
    const file = stepsFile(folder);
    const columns = columnsOf(header);
    const encoder = new BatchEncoder(columns);
    if (keepSteps === undefined) {
      writeAtomically(file, encoder.schemaMessage);
    } else {
      const old = readSteps(file);
      if (!sameRows(old.columns, columns)) throw new InputError('the steps are those of a model with other parameters or layers', { file });
      replaceFile(file, (write) => encoder.all(old.steps.filter(({ step }) => step <= keepSteps)).forEach(write));
    }
    return new StepWriter(openSync(file, 'a'), encoder);
  }

  /** The record's arrays must not change until it is flushed. */
  append(record: StepRecord): void {
    this.rows.push(record);
    if (this.rows.length >= rowsPerBatch) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushMilliseconds).unref();
  }

  /** Hands all rows so far to the operating system. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.rows.length === 0) return;
    const message = this.encoder.encode(this.rows);
    this.rows = [];
    writeFully(this.handle, message);
  }

  /** Ends the stream. */
  close(): void {
    this.flush();
    writeFully(this.handle, endOfStream);
    closeSync(this.handle);
  }
}

/**
 * Whether steps of one file can stand in the other, once read: parameters and layers must be the same, and so must histograms if there are any.
 * Quantities need not be: those of another version were arranged on reading.
 */
const sameRows = (old: StepColumns, columns: StepColumns): boolean => {
  const { histogramQuantities, histogramBins } = columns;
  const rows = ({ parameters, activations, histogramQuantities: of = histogramQuantities, histogramBins: bins = histogramBins }: StepColumns): string =>
    JSON.stringify([parameters, activations, of, bins]);
  return rows(old) === rows(columns);
};

/** Writes the whole record anew, atomically. */
export function replaceSteps(folder: string, { header, steps }: Pick<RunRecord, 'steps'> & { header: Pick<RunHeader, 'parameters' | 'activations'> }): void {
  replaceFile(stepsFile(folder), (write) => [...new BatchEncoder(columnsOf(header)).all(steps), endOfStream].forEach(write));
}

/** Rows to messages; keeps the chain of checksums. */
class BatchEncoder {
  readonly schemaMessage: Uint8Array;
  private readonly schema: Schema;
  private readonly schemaLength: number;
  private chain = 0;

  constructor(private readonly columns: StepColumns) {
    this.schema = tableSchema(columns);
    const message = this.stream().subarray(0, -endOfStream.length);
    this.schemaLength = message.length;
    this.schemaMessage = seal(message);
  }

  encode(records: StepRecord[]): Uint8Array {
    const lists = listsOf(this.columns);
    for (const { name, size } of lists) {
      const wrong = records.find((record) => record[name] && record[name].length !== size);
      if (wrong) throw new RangeError(`step ${wrong.step} has ${wrong[name]!.length} values of ${name}, ${size} expected`);
    }
    const checksums = records.map((record) => (this.chain = rowChecksum(record, lists, this.chain)));
    return seal(this.stream(toBatch(this.schema, this.columns, records, checksums)).subarray(this.schemaLength, -endOfStream.length));
  }

  /** The schema and the records. */
  all(records: StepRecord[]): Uint8Array[] {
    const batches = Array.from({ length: Math.ceil(records.length / rowsPerBatch) }, (_, i) => records.slice(i * rowsPerBatch, (i + 1) * rowsPerBatch));
    return [this.schemaMessage, ...batches.map((batch) => this.encode(batch))];
  }

  /** A whole stream: schema, the batch, end. */
  private stream(batch?: RecordBatch): Uint8Array {
    const writer = new RecordBatchStreamWriter();
    writer.reset(undefined, this.schema);
    if (batch) writer.write(batch);
    writer.finish();
    return writer.toUint8Array(true);
  }
}
