/** A thread that makes batches: `dist/loader.js`. */
import { parentPort } from 'node:worker_threads';
import { elements } from '../samples';
import { createDataset, type Dataset } from '../dataset';
import { prepareDecoders } from '../images/decode';
import type { Answer, Ask } from './messages';

const datasets = new Map<number, Dataset>();
const room = ({ type, dims }: { type: 'int32' | 'float32'; dims: number[] }, rows: number) => new (type === 'int32' ? Int32Array : Float32Array)(rows * elements(dims));

async function answer(ask: Ask): Promise<Answer | undefined> {
  if (ask.kind === 'dataset') {
    if (ask.spec.inputs.source.kind === 'images') await prepareDecoders();
    datasets.set(ask.dataset, createDataset(ask.spec));
    return undefined;
  }
  const { id, dataset, indices, epoch } = ask;
  const data = datasets.get(dataset)!;
  const inputs = data.inputs.map((input) => room(input, indices.length));
  const labels = room(data.labels, indices.length);
  try {
    data.gather(indices, inputs, labels, epoch);
    return { id, inputs, labels };
  } catch (error) {
    return { id, error: { name: (error as Error).name, message: (error as Error).message } };
  }
}

// One after the other: a dataset must be there before its first batch.
let last: Promise<unknown> = Promise.resolve();
parentPort!.on('message', (ask: Ask) => {
  last = last.then(() => answer(ask)).then((result) => {
    if (result) parentPort!.postMessage(result, 'inputs' in result ? [...result.inputs, result.labels].map(({ buffer }) => buffer as ArrayBuffer) : []);
  });
});
