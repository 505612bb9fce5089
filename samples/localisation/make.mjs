// Makes localisation.npz: digits of the sample "digits" in any size, anywhere on a canvas of 32 x 32 among strokes that are none, with their class and the box around
// them. The same on every machine: `node samples/localisation/make.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';

const [side, small] = [32, 8];
const [training, validation] = [4000, 1000];
/** No digit of the last fifth is trained on. */
const trainedDigits = 1437;
const sizes = { least: 9, most: 22 };

const folder = import.meta.dirname;
const digits = readFileSync(path.join(folder, '../digits/digits.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').map(Number));

// Mulberry32 (Tommy Ettinger 2017), a generator of 32 bits.
let state = 1;
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const between = (low, high) => low + Math.floor(uniform() * (high - low + 1));

const count = training + validation;
const images = new Uint8Array(count * side * side);
const classes = new Uint8Array(count);
const boxes = new Uint8Array(count * 4);
for (let i = 0; i < count; i++) {
  const digit = digits[i < training ? between(0, trainedDigits - 1) : between(trainedDigits, digits.length - 1)];
  const canvas = images.subarray(i * side * side, (i + 1) * side * side);
  for (let stroke = between(2, 4); stroke > 0; stroke--) drawStroke(canvas);
  boxes.set(drawDigit(canvas, digit), i * 4);
  classes[i] = digit[small * small];
}

/** A straight stroke, too short for a digit. */
function drawStroke(canvas) {
  const [x, y, angle, length] = [uniform() * side, uniform() * side, uniform() * 2 * Math.PI, between(2, 5)];
  const value = between(6, 15);
  for (let t = 0; t <= length; t += 0.5) {
    const [column, row] = [Math.round(x + t * Math.cos(angle)), Math.round(y + t * Math.sin(angle))];
    if (column >= 0 && column < side && row >= 0 && row < side) canvas[row * side + column] = value;
  }
}

/** Draws a digit in a size and place of its own and returns left, top, width and height of its ink. */
function drawDigit(canvas, digit) {
  const size = between(sizes.least, sizes.most);
  const [x, y] = [between(0, side - size), between(0, side - size)];
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) {
    const value = Math.round(bilinear(digit, ((row + 0.5) * small) / size - 0.5, ((column + 0.5) * small) / size - 0.5));
    // What is this faint is paper.
    if (value < 3) continue;
    canvas[(y + row) * side + x + column] = value;
    [left, top, right, bottom] = [Math.min(left, x + column), Math.min(top, y + row), Math.max(right, x + column + 1), Math.max(bottom, y + row + 1)];
  }
  return [left, top, right - left, bottom - top];
}

function bilinear(digit, row, column) {
  const at = (r, c) => digit[Math.min(small - 1, Math.max(0, r)) * small + Math.min(small - 1, Math.max(0, c))];
  const [r, c] = [Math.floor(row), Math.floor(column)];
  const [v, u] = [row - r, column - c];
  return (1 - v) * ((1 - u) * at(r, c) + u * at(r, c + 1)) + v * ((1 - u) * at(r + 1, c) + u * at(r + 1, c + 1));
}

/** https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0. */
function npy(data, shape) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header, 'latin1'), data]);
}

const arrays = { 'images.npy': npy(images, [count, 1, side, side]), 'digits.npy': npy(classes, [count]), 'boxes.npy': npy(boxes, [count, 4]) };
writeFileSync(path.join(folder, 'localisation.npz'), zipSync(arrays, { level: 9, mtime: new Date(2000, 0, 1) }));
