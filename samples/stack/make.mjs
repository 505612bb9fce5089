// Writes the run files of this sample: `node samples/stack/make.mjs [BLOCKS] [FILTERS]`, two convolutions a block; 9 blocks of 16 filters are what the repository has.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const [blocks = 9, filters = 16] = process.argv.slice(2).map(Number);
if (![blocks, filters].every((n) => Number.isInteger(n) && n > 0)) throw new Error('usage: node make.mjs [BLOCKS] [FILTERS], both whole numbers from 1');

const convolution = { conv2d: { filters, kernel: 3, padding: 'same' } };
const depth = `${2 * blocks + 1} convolutions of ${filters} filters`;

/** What a run file says of itself, and the layers of one block. */
const variants = {
  plain: [`A deliberate fault: ${depth}, one behind the other, through which neither signal nor gradient comes.`, [convolution, 'relu', convolution, 'relu']],
  residual: [`${depth}, two of them at a time with a way around them (He et al. 2016).`, [{ residual: [convolution, 'relu', convolution] }, 'relu']],
  batchNorm: [`${depth}, one behind the other, each normalised over the batch (Ioffe & Szegedy 2015).`, [convolution, 'batchNorm', 'relu', convolution, 'batchNorm', 'relu']],
};

const json = (value) => JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
for (const [name, [what, block]] of Object.entries(variants)) {
  const first = name === 'batchNorm' ? [convolution, 'batchNorm', 'relu'] : [convolution, 'relu'];
  const lines = [first, ...Array.from({ length: blocks }, () => block), ['globalAveragePool', { dense: 10 }]].map((layers) => `      ${layers.map(json).join(', ')}`);
  writeFileSync(path.join(import.meta.dirname, `${name}.train.json`), `// ${what}
{
  "model": {
    "layers": [
${lines.join(',\n')}
    ]
  },
  "data": {
    "train": { "csv": "../digits/digits.csv", "label": "target", "reshape": [1, 8, 8] },
    "validation": 0.2,
    "transforms": [{ "scale": { "from": [0, 16], "to": [0, 1] } }]
  },
  "loss": "crossEntropy",
  "optimizer": { "type": "adam", "learningRate": 0.001 },
  "batchSize": 32,
  "epochs": 15
}
`);
}
