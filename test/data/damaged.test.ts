import { zipSync } from 'fflate';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InputError } from '../../engine/errors';
import type { DataConfig, SourceConfig } from '../../engine/data/schema';
import { type Files, bytesOf, idx, load, npy } from './folder';

const table: SourceConfig = { csv: 't.csv', label: 'y' };
const arrays: SourceConfig = { npy: 'x.npy', labels: 'y.npy' };
const archive: SourceConfig = { npz: 'a.npz', inputs: 'x', labels: 'y' };
const images: SourceConfig = { idx: 'x.idx', labels: 'y.idx' };

const floats = (...values: number[]) => bytesOf(Float32Array.from(values));
const x = npy('<f4', '(2, 2)', floats(1, 2, 3, 4));
const y = npy('<f4', '(2,)', floats(0, 1));
const pixels = idx(8, [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
const digits = idx(8, [2], [0, 1]);
const zip = Buffer.from(zipSync({ 'x.npy': x, 'y.npy': y }));

/** The archive with a central directory that says that x.npy unpacks to 4 GB. */
function lyingZip(): Buffer {
  const copy = Buffer.from(zip);
  copy.writeUInt32LE(0xfffffff0, copy.indexOf('PK\x01\x02') + 24);
  return copy;
}

interface Case {
  name: string;
  files: Files;
  data: DataConfig;
  loss?: string;
  root?: string;
  /** What may be in memory; less than the file has: it stays on the disk. */
  memory?: number;
  message: string;
}

const csv = (name: string, text: string | Uint8Array, message: string, extra: object = {}, loss?: string): Case =>
  ({ name: `CSV: ${name}`, files: { 't.csv': text }, data: { train: { ...table, ...extra } }, loss, message });
/** Training data `t.csv` and other data in `v.csv`. */
const csvPair = (name: string, train: string, validation: string, message: string, data: Partial<DataConfig> = {}, loss?: string): Case =>
  ({ name: `CSV: ${name}`, files: { 't.csv': train, 'v.csv': validation }, data: { train: table, validation: { csv: 'v.csv', label: 'y' }, ...data }, loss, message });
const file = (name: string, files: Files, train: SourceConfig, message: string, loss?: string): Case =>
  ({ name, files: { 'x.npy': x, 'y.npy': y, 'x.idx': pixels, 'y.idx': digits, 'a.npz': zip, ...files }, data: { train }, loss, message });

const good = 'a,b,y\n1,2,0\n3,4,1\n';
const types = 'bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32 or float64 are.';

const cases: Case[] = [
  csv('a word in a number column', 'a,y\n1,0\nred,1\n', 't.csv:3:1: column "a" holds "red", which is not a number; list the column in a oneHot transform or leave it out of "columns".'),
  csv('a word in a later column', 'a,b,y\n1,2,0\n3, red,1\n', 't.csv:3:4: column "b" holds "red", which is not a number; list the column in a oneHot transform or leave it out of "columns".'),
  csv('after a quoted cell with a line break', 'a,b,y\n"1\n",2,0\n3,x,1\n', 't.csv:4:3: column "b" holds "x", which is not a number; list the column in a oneHot transform or leave it out of "columns".'),
  csv('after a quoted cell with quotes', 'a,b,y\n"1",2,0\n"""",x,1\n', 't.csv:3:1: column "a" holds "\\"", which is not a number; list the column in a oneHot transform or leave it out of "columns".'),
  csv('after blank lines and CRLF', 'a,y\r\n\r\n1,0\r\n\r\n2,z\r\n', 't.csv:5:3: column "y" holds "z", which is not a number; names of classes need the loss crossEntropy.'),
  csv('after old Mac line ends', 'a,y\r1,0\r2,z\r', 't.csv:3:3: column "y" holds "z", which is not a number; names of classes need the loss crossEntropy.'),
  csv('no header', '1,2,0\n3,4,1\n5,?,1\n', 't.csv:3:3: column 1 holds "?", which is not a number; list the column in a oneHot transform or leave it out of "columns".', { label: 2 }),
  csv('a blank cell', 'a,b,y\n1,2,0\n3,,1\n', 't.csv:3:3: column "b" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.'),
  csv('a cell of spaces', 'a,b,y\n1,2,0\n3,  ,1\n', 't.csv:3:5: column "b" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.'),
  csv('a blank class', 'a,y\n1,red\n2,\n', 't.csv:3:3: column "y" is blank; fill the cell, or leave such rows out with "dropRowsWith": [""].', {}, 'crossEntropy'),
  csv('a row too long', 'a,y\n1,0\n2,1,7\n', 't.csv:3:5: the row has 3 cells, the header has 2.'),
  csv('a row too short', 'a,b,y\n1,2,0\n3,4\n', 't.csv:3:1: the row has 2 cells, the header has 3.'),
  csv('columns of one name', 'a,b,a,y\n1,2,3,0\n', 't.csv:1:5: two columns are called "a".'),
  csv('an unknown label column', 'a,b\n1,2\n3,4\n', 't.csv:1:1: label is "y", but there is no such column; the columns are "a", "b".'),
  csv('a label name without header', '1,2\n3,4\n', 't.csv:1:1: label is "y", but the file has no header; name a column by its index, 0 to 1.'),
  csv('a label index too large', '1,2\n3,4\n', 't.csv:1:1: label is column 2, the file has the columns 0 to 1.', { label: 2 }),
  csv('an unknown feature', good, 't.csv:1:1: columns is "c", but there is no such column; the columns are "a", "b", "y".', { columns: ['c'] }),
  csv('a feature that is the label', good, 't.csv:1:5: column "y" is both a feature and a label.', { columns: ['a', 'y'] }),
  csv('only a label', 'y\n1\n2\n', 't.csv:1:1: there is no column besides the label.'),
  csv('two labels for classes', good, 't.csv:1:5: label names 2 columns, but the loss crossEntropy needs exactly one.', { label: ['a', 'y'] }, 'crossEntropy'),
  csv('a label outside the classes', 'a,y\n1,no\n2,maybe\n', 't.csv:3:3: column "y" holds "maybe", which is none of the 2 classes "no", "yes".', { classes: ['no', 'yes'] }, 'crossEntropy'),
  csv('an id outside the classes', 'a,y\n1,0\n2,2\n', 't.csv:3:3: column "y" holds "2", which is none of the 2 classes 0 to 1.', { classes: ['no', 'yes'] }, 'crossEntropy'),
  csv('numbers for classes', 'a,y\n1,0\n2,0.5\n', 't.csv:3:3: column "y" holds 0.5, which is no class; the loss crossEntropy needs integers or names, numbers need mse, l1 or huber.', {}, 'crossEntropy'),
  csv('a probability above 1', 'a,y\n1,0\n2,1.5\n', 't.csv:3:3: column "y" holds 1.5; labels for the loss bceWithLogits lie between 0 and 1.', {}, 'bceWithLogits'),
  csv('NaN', 'a,y\n1,0\nNaN,1\n', 't.csv:3:1: column "a" holds "NaN", which is not a finite number.'),
  csv('infinity', 'a,y\n1,0\n-inf,1\n', 't.csv:3:1: column "a" holds "-inf", which is not a finite number.'),
  csv('more than a float64', 'a,y\n1,0\n1e999,1\n', 't.csv:3:1: column "a" holds "1e999", which is not a finite number.'),
  csv('more than a float32', 'a,y\n1,0\n1e39,1\n', 't.csv:3:1: column "a" holds a value that is beyond the range of float32 (3.4e38) after the transforms.'),
  csv('a label that is more than a float32', 'a,y\n1,0\n2,1e39\n', 't.csv:3:3: column "y" holds 1e+39, which is not a finite float32 number.'),
  csv('half a token id', 'a,y\n1,0\n2.5,1\n', 't.csv:3:1: column "a" holds 2.5; int32 inputs are whole numbers from -2147483648 to 2147483647.', { inputType: 'int32' }),
  csv('an empty file', '', 't.csv: is empty.'),
  csv('blank lines only', '\n\n  \n', 't.csv: is empty.'),
  csv('a header only', 'a,y\n', 't.csv: has a header but no rows.'),
  csv('one row', 'a,y\n1,2\n', 't.csv: the training part has 1 sample; at least 2 are needed.'),
  csv('every row dropped', 'a,y\n?,2\n', 't.csv: every row holds one of the values of dropRowsWith: "?".', { dropRowsWith: ['?'] }),
  csv('an offset beyond the end', good, 't.csv: offset 2 leaves none of the 2 samples.', { offset: 2 }),
  csv('a reshape that does not fit', good, 't.csv: reshape [1, 3] holds 3 values, a sample has 2.', { reshape: [1, 3] }),
  csv('a quote never closed', 'a,y\n1,0\n"2,1\n', 't.csv:3:1: a quoted cell of this row is never closed.'),
  csv('text after a closing quote', 'a,y\n1,0\n"2"x,1\n', 't.csv:3:1: a quoted cell of this row goes on after its closing quote.'),
  csv('a long row that a quote opens', `a,y\n1,0\n"${'2,1\n'.repeat(2 ** 21)}`, 't.csv:3:1: the row is longer than 4194304 characters; a closing quote may be missing.'),
  csv('Latin-1', Buffer.from('a,y\n1,caf\xe9\n', 'latin1'), 't.csv: is not UTF-8 text; save it as UTF-8.'),
  csv('a cut gzip file', gzipSync(good.repeat(9)).subarray(0, -12), 't.csv: the gzip data ends too early; the file is cut off.'),
  csv('a damaged gzip file', Buffer.concat([gzipSync(good).subarray(0, -8), Buffer.alloc(8)]), 't.csv: the gzip data is damaged (incorrect data check).'),
  csv('an empty gzip file', gzipSync(''), 't.csv: is empty.'),
  csvPair('too little after the split', 'a,y\n1,0\n3,1\n', '', 't.csv: the training part has 1 sample after the split (2 in all); at least 2 are needed.', { validation: 0.5 }),
  csvPair('an unknown class in the validation data', 'a,y\n1,red\n2,blue\n', 'a,y\n1,red\n2,green\n', 'v.csv:3:3: column "y" holds "green", which is none of the 2 classes "blue", "red".', {}, 'crossEntropy'),
  csvPair('an unknown id in the validation data', 'a,y\n1,0\n2,1\n', 'a,y\n1,1\n2,2\n', 'v.csv:3:3: column "y" holds "2", which is none of the 2 classes 0 to 1.', {}, 'crossEntropy'),
  csvPair('a missing feature in the validation data', good, 'a,c,y\n1,2,0\n', 'v.csv:1:1: a feature of the training data is "b", but there is no such column; the columns are "a", "c", "y".'),
  csvPair('fewer features without a header', '1,2,3\n4,5,6\n', '1,2\n3,4\n', 'v.csv: a validation sample has dims [1], a training sample has [2].', { train: { csv: 't.csv', label: 2 }, validation: { csv: 'v.csv', label: 1 } }),
  csvPair('an unknown category in the validation data', 'c,y\nred,0\nblue,1\n', 'c,y\nred,1\ngreen,2\n', 'v.csv:3:1: column "c" holds "green", a category that the training part does not have ("blue", "red"); "unknown": "zero" accepts it.', { transforms: [{ oneHot: { columns: ['c'] } }] }),
  csvPair('oneHot of no column', good, good, 't.csv:1:1: oneHot is "c", but there is no such column; the columns are "a", "b", "y".', { transforms: [{ oneHot: { columns: ['c'] } }] }),
  csvPair('oneHot of the label', good, good, 't.csv: the transform oneHot names the column "y", which is no feature; the features are "a", "b".', { transforms: [{ oneHot: { columns: ['y'] } }] }),
  csvPair('two means for three features', 'a,b,c,y\n1,2,3,0\n3,4,5,1\n', 'a,b,c,y\n1,2,3,0\n', 't.csv: standardize has 2 values for mean; 3 are needed.', { transforms: [{ standardize: { mean: [1, 2] } }] }),
  csvPair('a scale from nothing', good, good, 't.csv: the transform scale has from [1, 1]; the two ends must differ.', { transforms: [{ scale: { from: [1, 1], to: [0, 1] } }] }),
  { ...csv('a path outside the folder', good, '../t.csv: lies outside the folder FOLDER; files that a run uses must stay inside it.'), data: { train: { csv: '../t.csv', label: 'y' } }, root: '.' },
  { ...csv('a missing file', good, 'none.csv: there is no file FOLDER/none.csv; paths are relative to the run file.'), data: { train: { csv: 'none.csv', label: 'y' } } },
  { ...csv('a folder', good, '.: is a folder; a file is expected.'), data: { train: { csv: '.', label: 'y' } } },

  file('npy: an empty file', { 'x.npy': '' }, arrays, 'x.npy: is empty.'),
  file('npy: wrong magic', { 'x.npy': 'a,y\n1,2\n' }, arrays, 'x.npy: byte 0: is not a .npy file (it must start with \\x93NUMPY).'),
  file('npy: cut in the first bytes', { 'x.npy': x.subarray(0, 8) }, arrays, 'x.npy: byte 8: the file ends inside its header.'),
  file('npy: cut in the header', { 'x.npy': x.subarray(0, 60) }, arrays, 'x.npy: byte 8: the header is said to end at byte 128, the file has 60 bytes.'),
  file('npy: cut in the values', { 'x.npy': x.subarray(0, -1) }, arrays, 'x.npy: byte 128: shape (2, 2) of float32 needs 16 bytes, the file has 15 left.'),
  file('npy: an unknown version', { 'x.npy': Buffer.concat([x.subarray(0, 6), Buffer.from([9]), x.subarray(7)]) }, arrays, 'x.npy: byte 6: version 9 of the .npy format is not supported; 1, 2 and 3 are.'),
  file('npy: a huge shape', { 'x.npy': npy('<f4', '(4000000000, 1000)', floats(1)) }, arrays, 'x.npy: byte 128: shape (4000000000, 1000) of float32 needs 16000000000000 bytes, the file has 4 left.'),
  file('npy: complex numbers', { 'x.npy': npy('<c8', '(2,)', floats(1, 2, 3, 4)) }, arrays, `x.npy: byte 10: arrays of type <c8 are not supported; ${types}`),
  file('npy: objects', { 'x.npy': npy('|O', '(2,)', floats(1, 2, 3, 4)) }, arrays, `x.npy: byte 10: arrays of type |O are not supported; ${types}`),
  file('npy: records', { 'x.npy': npy("[('a', '<f4')]", '(2,)', floats(1, 2)) }, arrays, `x.npy: byte 10: arrays of type record are not supported; ${types}`),
  file('npy: no shape', { 'x.npy': npy('<f4', '-', floats(1, 2)) }, arrays, 'x.npy: byte 10: the header is damaged; descr, fortran_order and shape are expected.'),
  file('npy: a single number', { 'x.npy': npy('<f4', '()', floats(1)) }, arrays, 'x.npy: holds a single number; an array with the samples first is expected.'),
  file('npy: no samples', { 'x.npy': npy('<f4', '(0, 3)', floats()) }, arrays, 'x.npy: holds no values (dims 0 x 3).'),
  file('npy: fewer labels', { 'x.npy': npy('<f4', '(3,)', floats(1, 2, 3)) }, arrays, 'y.npy: holds 2 labels, but x.npy holds 3 samples.'),
  file('npy: NaN in the inputs', { 'x.npy': npy('<f4', '(2, 2)', floats(1, 2, 3, NaN)) }, arrays, 'x.npy: byte 140: sample 1 holds NaN; inputs must be finite.'),
  file('npy: infinity in the labels', { 'y.npy': npy('<f4', '(2,)', floats(1, Infinity)) }, arrays, 'y.npy: byte 132: sample 1 holds Infinity, which is not a finite float32 number.'),
  file('npy: a label beyond int32', { 'y.npy': npy('<i8', '(2,)', bytesOf(BigInt64Array.of(0n, 2n ** 40n))) }, arrays, 'y.npy: byte 136: sample 1 holds 1099511627776, beyond the range of int32 (-2147483648 to 2147483647).'),
  { ...file('npy on the disk: cut in the values', { 'x.npy': npy('<f4', '(200, 2)', new Uint8Array(400)) }, arrays, 'x.npy: byte 128: shape (200, 2) of float32 needs 1600 bytes, the file has 400 left.'), memory: 100 },
  { ...file('npy on the disk: cut in the header', { 'x.npy': x.subarray(0, 110) }, arrays, 'x.npy: byte 8: the header is said to end at byte 128, the file has 110 bytes.'), memory: 100 },
  file('npz: an empty file', { 'a.npz': '' }, archive, 'a.npz: is empty.'),
  file('npz: complex numbers in a member', { 'a.npz': zipSync({ 'x.npy': npy('<c8', '(2,)', floats(1, 2, 3, 4)), 'y.npy': y }) }, archive, `a.npz/x: byte 10: arrays of type <c8 are not supported; ${types}`),
  file('npz: a huge shape in a member', { 'a.npz': zipSync({ 'x.npy': npy('<f4', '(4000000000, 1000)', floats(1)), 'y.npy': y }) }, archive, 'a.npz/x: byte 128: shape (4000000000, 1000) of float32 needs 16000000000000 bytes, the file has 4 left.'),
  file('npz: a missing key', {}, { ...archive, inputs: 'images' }, 'a.npz: there is no array "images"; the archive holds "x", "y".'),
  file('npz: not a zip archive', { 'a.npz': x }, archive, 'a.npz: the zip archive is damaged (invalid zip data).'),
  file('npz: cut', { 'a.npz': zip.subarray(0, 300) }, archive, 'a.npz: the zip archive is damaged (invalid zip data).'),
  file('npz: a size that cannot be true', { 'a.npz': lyingZip() }, archive, 'a.npz: the zip archive is damaged (the size of x.npy cannot be true).'),
  file('npz: a member that is no array', { 'a.npz': zipSync({ 'x.npy': Buffer.from('no'), 'y.npy': y }) }, archive, 'a.npz/x: byte 0: is not a .npy file (it must start with \\x93NUMPY).'),
  file('idx: an empty file', { 'x.idx': '' }, images, 'x.idx: is empty.'),
  file('idx: a cut gzip file', { 'x.idx': gzipSync(pixels).subarray(0, 14) }, images, 'x.idx: the gzip data ends too early; the file is cut off.'),
  file('idx: huge dims in a gzip file', { 'x.idx': gzipSync(idx(8, [0xffffffff, 0xffff], [1])) }, images, 'x.idx: byte 12: dims 4294967295 x 65535 of uint8 need 281470681677825 bytes, the file has 1 left.'),
  { ...file('idx on the disk: huge dims', { 'x.idx': idx(8, [0xffffffff, 0xffff], new Uint8Array(300)) }, images, 'x.idx: byte 12: dims 4294967295 x 65535 of uint8 need 281470681677825 bytes, the file has 300 left.'), memory: 100 },
  file('idx: wrong magic', { 'x.idx': 'P5 28 28' }, images, 'x.idx: byte 0: is not an IDX file (it must start with two zero bytes).'),
  file('idx: an unknown type', { 'x.idx': idx(7, [2], [1, 2]) }, images, 'x.idx: byte 2: type code 0x07 is not an IDX type; 0x08 (uint8), 0x09 (int8), 0x0b (int16), 0x0c (int32), 0x0d (float32) or 0x0e (float64) are.'),
  file('idx: cut in the header', { 'x.idx': pixels.subarray(0, 9) }, images, 'x.idx: byte 9: the file ends inside its header.'),
  file('idx: cut in the values', { 'x.idx': pixels.subarray(0, -3) }, images, 'x.idx: byte 16: dims 2 x 2 x 2 of uint8 need 8 bytes, the file has 5 left.'),
  file('idx: huge dims', { 'x.idx': idx(8, [0xffffffff, 0xffffffff], [1]) }, images, 'x.idx: byte 12: dims 4294967295 x 4294967295 of uint8 need 18446744065119617000 bytes, the file has 1 left.'),
  file('idx: no dims', { 'x.idx': idx(8, [], [1]) }, images, 'x.idx: byte 3: declares no dims; at least one is expected.'),
  file('idx: fewer labels', { 'y.idx': idx(8, [1], [1]) }, images, 'y.idx: holds 1 labels, but x.idx holds 2 samples.'),
  file('idx: a class beyond those named', { 'y.idx': idx(8, [2], [0, 2]) }, { ...images, classes: ['cat', 'dog'] }, 'y.idx: byte 9: sample 1 holds 2, which is none of the 2 classes 0 to 1.', 'crossEntropy'),
];

test.each(cases)('$name', async ({ files, data, loss, root, memory, message }) => {
  const error: unknown = await load(files, data, { loss, root, memory }).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message.replace(/\/\S*data-\w{6}/, 'FOLDER')).toBe(message);
});
