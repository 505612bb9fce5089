/** Binary records of CIFAR-10 and CIFAR-100: label bytes, then 32 x 32 red, green and blue values (https://www.cs.toronto.edu/~kriz/cifar.html). */
import { InputError } from '../../errors';
import { readBytes } from '../file';
import type { Folders } from '../path';
import { type Samples, reshaped, selectedRows } from '../samples';
import type { CifarConfig } from '../schema';

const dims = [3, 32, 32];
const pixels = 3 * 32 * 32;

/** Label bytes of a record, the one that is read, and how many classes it tells apart. */
const kinds = {
  'cifar10': { bytes: 1, label: 0, classes: 10 },
  'cifar100': { bytes: 2, label: 1, classes: 100 },
  'cifar100-coarse': { bytes: 2, label: 0, classes: 20 },
};

export async function readCifar(source: CifarConfig, folders: Folders): Promise<Samples> {
  const names = [source.cifar].flat();
  const { bytes, label, classes } = kinds[source.kind ?? 'cifar10'];
  const record = bytes + pixels;
  const files = await Promise.all(names.map((name) => readBytes(name, folders)));
  files.forEach((file, i) => {
    if (file.length % record !== 0)
      throw new InputError(`has ${file.length} bytes, which is no whole number of ${source.kind ?? 'cifar10'} records of ${record} bytes; the file is cut off or of another kind.`, { file: names[i] });
  });
  const data = files.length === 1 ? files[0] : joined(files);
  const [start, end] = selectedRows(data.length / record, source, names[0]);
  const labels = Int32Array.from({ length: end - start }, (_, i) => data[(start + i) * record + label]);
  const locate: Samples['locate'] = (sample, part, element) => {
    let position = (start + sample) * record + (part === 'label' ? label : bytes + element);
    let file = 0;
    while (position >= files[file].length) position -= files[file++].length;
    return { place: { file: names[file] }, what: `byte ${position}: sample ${start + sample}` };
  };
  const wrong = labels.findIndex((id) => id >= classes);
  if (wrong >= 0) {
    const { place, what } = locate(wrong, 'label', 0);
    throw new InputError(`${what} has the label ${labels[wrong]}; labels of ${source.kind ?? 'cifar10'} are 0 to ${classes - 1}.`, place);
  }
  return {
    count: end - start,
    features: { type: source.inputType ?? 'float32', dims: reshaped(dims, source.reshape, names[0]), source: { kind: 'memory', data, width: pixels, stride: record, offset: start * record + bytes }, steps: [] },
    labels: [{ dims: [], data: labels }],
    classes: source.classes,
    locate,
  };
}

function joined(files: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(files.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const file of files) {
    all.set(file, at);
    at += file.length;
  }
  return all;
}
