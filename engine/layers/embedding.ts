/** Layers that look up a learned vector: for ids, such as the tokens of a text, and for the categories in a row of a table. */
import { Type } from 'typebox';
import { KeyError } from '../errors';
import { elementNumber } from '../onnx/tensor';
import { Initializer } from './initializers';
import { defineLayer, type LayerBuilder, type Mask, type Value } from './layer';

const initializer = Type.Unsafe<Initializer>({ ...Initializer, default: { normal: 1 } });

export const embedding = defineLayer({
  description: 'A learned vector for each id (PyTorch Embedding); its input must be whole numbers. Of the padding of a text the vector is zero and stays it (PyTorch padding_idx).',
  family: 'embedding',
  short: 'embeddingDim',
  watched: true,
  options: Type.Object({
    numEmbeddings: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of ids: 0 .. numEmbeddings - 1. Default: the size of the vocabulary where the data is text.' })),
    embeddingDim: Type.Integer({ minimum: 1, description: 'Length of each vector.' }),
    initializer,
  }),
  build(layer, input, { numEmbeddings, embeddingDim, initializer: start }) {
    if (input.type === 'float32') {
      throw new KeyError(layer.path, `${layer.name} needs whole numbers, but what enters it are floats; "inputType": "int32" in the data source reads them as ids`);
    }
    const vocabulary = layer.source?.vocabulary;
    const rows = numEmbeddings ?? vocabulary?.size;
    if (rows === undefined) throw new KeyError(layer.path, `${layer.name} needs numEmbeddings, the number of ids; only the vocabulary of a text is known from the data`);
    const weight = layer.parameter('weight', [rows, embeddingDim], start, { in: embeddingDim, out: rows });
    const vectors: Value = { name: layer.graph.add('Gather', [weight, input.name], { axis: 0 }), dims: [...input.dims, embeddingDim], type: 'float32' };
    if (vocabulary?.padding === undefined || input.dims.length !== 1) return vectors;
    const mask: Mask = { name: tokens(layer, input, vocabulary.padding), axis: 0 };
    return { ...vectors, name: layer.graph.add('Mul', [vectors.name, layer.graph.add('Unsqueeze', [mask.name, layer.graph.int64([2])])]), mask };
  },
});

/** [batch, length]: 1 for a token, 0 for padding. */
function tokens({ graph }: LayerBuilder, ids: Value, padding: number): string {
  const padded = graph.add('Cast', [graph.add('Equal', [ids.name, graph.constant(padding, [], 'int32')])], { to: elementNumber('float32') });
  return graph.add('Sub', [graph.constant(1), padded]);
}

/** fast.ai's rule for the length of a category's vector: half as many numbers as there are categories, 50 at most. */
const ruleOfThumb = (categories: number): number => Math.min(50, Math.floor((categories + 1) / 2));

export const categoricalEmbedding = defineLayer({
  description: 'A learned vector for each category of every column that the transform categories has numbered, in the place of that column (Guo & Berkhahn 2016); columns of numbers stay. The first layer of a model for tables.',
  family: 'categoricalEmbedding',
  short: 'embeddingDim',
  watched: true,
  options: Type.Object({
    embeddingDim: Type.Optional(Type.Integer({ minimum: 1, description: 'Length of the vectors of every column. Default: half the number of its categories, 50 at most (the rule of fast.ai).' })),
    initializer,
  }),
  build(layer, input, { embeddingDim, initializer: start }) {
    const { graph } = layer;
    const categories = layer.source?.categories ?? [];
    if (categories.length === 0) {
      throw new KeyError(layer.path, `${layer.name} needs columns of categories, which it gets as the first layer after the transform {"categories": {"columns": [...]}}`);
    }
    const parts: string[] = [];
    let width = 0;
    let numbers: number[] = [];
    const select = (elements: number | number[]): string => graph.add('Gather', [input.name, graph.constant(elements, undefined, 'int32')], { axis: 1 });
    const passNumbers = (): void => {
      if (numbers.length > 0) parts.push(select(numbers));
      width += numbers.length;
      numbers = [];
    };
    for (let element = 0; element < input.dims[0]; element++) {
      const at = categories.findIndex((column) => column.element === element);
      if (at < 0) {
        numbers.push(element);
        continue;
      }
      passNumbers();
      const { name, count } = categories[at];
      const length = embeddingDim ?? ruleOfThumb(count);
      const weight = layer.parameter(suffix(name, at, categories), [count, length], start, { in: length, out: count });
      parts.push(graph.add('Gather', [weight, graph.add('Cast', [select(element)], { to: elementNumber('int32') })], { axis: 0 }));
      width += length;
    }
    passNumbers();
    return { name: graph.add('Concat', parts, { axis: 1 }), dims: [width], type: 'float32' };
  },
});

/** The column's name in letters that every file and pattern takes; numbered where that leaves two alike. */
function suffix(name: string, at: number, categories: readonly { name: string }[]): string {
  const plain = (text: string): string => text.replace(/[^A-Za-z0-9_-]+/g, '_') || 'column';
  return categories.some((other, i) => i !== at && plain(other.name) === plain(name)) ? `${plain(name)}_${at}` : plain(name);
}
