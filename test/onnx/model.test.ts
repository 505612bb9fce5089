import { create, toBinary } from '@bufbuild/protobuf';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import { ModelProtoSchema, type ModelProto, TensorProto_DataLocation } from '../../engine/onnx/generated/onnx_pb';
import { Graph } from '../../engine/onnx/graph';
import { modelFrom } from '../../engine/onnx/import';
import { readModel, writeModel } from '../../engine/onnx/model';
import { Random } from '../../engine/random';
import { shared } from '../shared';

/** y = relu(x w + b). */
function small(): Graph {
  const graph = Graph.create('small');
  graph.addInput('x', 'float32', ['batch', 2]);
  graph.setTensor('w', { type: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  graph.setTensor('b', { type: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) });
  graph.add('Gemm', ['x', 'w', 'b'], {}, ['h']);
  graph.add('Relu', ['h'], {}, ['y']);
  graph.addOutput('y', 'float32', ['batch', 3]);
  return graph;
}
const bytes = (seal = false): Uint8Array => writeModel(small(), { opset: 17, seal, metadata: { author: 'test' } });
const edited = (edit: (proto: ModelProto) => void): Uint8Array => {
  const { proto } = readModel(bytes(), 'm.onnx');
  edit(proto);
  return toBinary(ModelProtoSchema, proto);
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const replace = (input: Uint8Array, from: string, to: Uint8Array): Uint8Array => {
  const at = Buffer.from(input).indexOf(from);
  expect(at).toBeGreaterThan(0);
  return Buffer.concat([input.subarray(0, at), to, input.subarray(at + from.length)]);
};
const random = (n: number): Uint8Array => {
  const source = new Random(1, 'bytes');
  return Uint8Array.from({ length: n }, () => source.below(256));
};

const damaged: [string, () => Uint8Array, RegExp][] = [
  ['an empty file', () => new Uint8Array(0), /the file is empty; an ONNX model is expected/],
  ['random bytes', () => random(5000), /no ONNX model or it is damaged|no graph/],
  ['a text', () => text('{"model": "not this"}\n'.repeat(50)), /no ONNX model or it is damaged|no graph/],
  ['a PNG', () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13), /no ONNX model or it is damaged|no graph/],
  ['zeros', () => new Uint8Array(1000), /no ONNX model or it is damaged/],
  ['half of it', () => bytes().subarray(0, 90), /no ONNX model or it is damaged/],
  ['a wrong wire type', () => Uint8Array.of(0x3f, 1, 2, 3), /no ONNX model or it is damaged/],
  ['a length beyond the end', () => Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1), /no ONNX model or it is damaged/],
  ['no graph', () => edited((m) => (m.graph = undefined)), /holds no graph/],
  ['no opset', () => edited((m) => (m.opsetImport = [])), /names no opset/],
  ['only a foreign opset', () => edited((m) => (m.opsetImport[0].domain = 'com.example')), /names no opset/],
  ['opset 3', () => edited((m) => (m.opsetImport[0].version = 3n)), /opset 3; allowed are 7 to 24/],
  ['opset 99', () => edited((m) => (m.opsetImport[0].version = 99n)), /opset 99; allowed are 7 to 24/],
  ['a tensor with too few bytes', () => edited((m) => (m.graph!.initializer[0].rawData = new Uint8Array(20))), /tensor "w" of dimensions \[2, 3\] holds 20 bytes instead of 24/],
  ['a tensor with too many values', () => edited((m) => Object.assign(m.graph!.initializer[0], { rawData: new Uint8Array(0), floatData: [1, 2, 3, 4, 5, 6, 7] })), /holds 7 values instead of 6/],
  ['a negative dimension', () => edited((m) => (m.graph!.initializer[0].dims = [-2n, 3n])), /tensor "w" has the dimensions \[-2, 3\]/],
  ['a huge dimension', () => edited((m) => (m.graph!.initializer[0].dims = [2n ** 60n])), /tensor "w" has the dimensions/],
  ['half precision', () => edited((m) => (m.graph!.initializer[0].dataType = 10)), /tensor "w" has the element type FLOAT16; allowed are float32/],
  ['an unknown element type', () => edited((m) => (m.graph!.initializer[0].dataType = 77)), /element type 77/],
  ['external data', () => edited((m) => (m.graph!.initializer[0].dataLocation = TensorProto_DataLocation.EXTERNAL)), /keeps its data in another file/],
  ['a cycle', () => edited((m) => (m.graph!.node[0].input[0] = 'y')), /cycle/],
  ['a value that nothing produces', () => edited((m) => (m.graph!.node[1].input[0] = 'nowhere')), /reads "nowhere", which nothing produces/],
  ['an output that nothing produces', () => edited((m) => (m.graph!.output[0].name = 'nowhere')), /nothing produces the output "nowhere"/],
  ['two producers', () => edited((m) => (m.graph!.node[1].output[0] = 'h')), /the value "h" is produced twice/],
  ['a node that writes an input', () => edited((m) => (m.graph!.node[1].output[0] = 'x')), /the value "x" is produced twice/],
  ['no output', () => edited((m) => (m.graph!.output = [])), /no output/],
  ['no nodes', () => edited((m) => (m.graph!.node = [])), /no nodes/],
  ['a node without operator', () => edited((m) => (m.graph!.node[0].opType = '')), /names no operator/],
  ['an input that is no tensor', () => edited((m) => (m.graph!.input[0].type = undefined)), /input "x" is not a tensor/],
  ['names that are no UTF-8', () => replace(bytes(), 'Relu', Uint8Array.of(0x52, 0xff, 0xfe, 0x75)), /not valid UTF-8/],
  ['a flipped bit under a checksum', () => replace(bytes(true), 'author', text('auther')), /damaged or was changed by another program: its checksum is/],
  ['a function that calls itself', () => edited((m) => {
    const call = create(ModelProtoSchema, { functions: [{ name: 'F', domain: 'f', input: ['a'], output: ['o'], node: [{ opType: 'F', domain: 'f', input: ['a'], output: ['o'] }] }] });
    m.functions = call.functions;
    Object.assign(m.graph!.node[1], { opType: 'F', domain: 'f' });
  }), /function "F" calls itself/],
];

describe('a damaged model is one sentence', () => {
  it.each(damaged)('%s', (_, make, sentence) => {
    let error: unknown;
    try {
      readModel(make(), 'models/m.onnx');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message).toMatch(sentence);
    expect(message).toMatch(/^models\/m\.onnx: [^\n]+$/);
  });
});

const unsuitable: [string, () => Uint8Array, RegExp][] = [
  ['dimensions that do not fit', () => edited((m) => (m.graph!.initializer[0].dims = [3n, 2n])), /m\.onnx: the model cannot be run: operator Gemm/],
  ['an unknown operator', () => edited((m) => (m.graph!.node[1].opType = 'Rellu')), /m\.onnx: the model cannot be run: .*Rellu/],
  ['no parameters', () => edited((m) => (m.graph!.node = [{ ...m.graph!.node[1], input: ['x'] }])), /no parameters/],
  ['an old opset', () => edited((m) => (m.opsetImport[0].version = 9n)), /opset 9; training needs 11 or newer/],
  ['an open dimension', () => edited((m) => {
    const type = m.graph!.input[0].type!.value;
    if (type.case === 'tensorType') type.value.shape!.dim[1].value = { case: 'dimParam', value: 'width' };
  }), /leaves dimension 1 open/],
];
it.each(unsuitable)('importing says what is wrong: %s', async (_, make, sentence) => {
  await expect((async () => modelFrom(readModel(make(), 'm.onnx'), 'm.onnx'))()).rejects.toThrow(sentence);
});

describe('a round trip', () => {
  it.each([true, false])('keeps graph, weights and metadata (sealed: %s)', (seal) => {
    const { graph, opset, proto } = readModel(bytes(seal), 'm.onnx');
    expect(opset).toBe(17);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'Relu']);
    expect(graph.tensor('w')).toEqual({ type: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(proto.metadataProps.find(({ key }) => key === 'author')?.value).toBe('test');
  });

  it('finds every flipped bit under a checksum', () => {
    const sealed = bytes(true);
    for (let at = 0; at < sealed.length; at++) for (const bit of [1, 128]) {
      const flipped = Uint8Array.from(sealed);
      flipped[at] ^= bit;
      try {
        const { graph } = readModel(flipped, 'm.onnx');
        // Only a flip in the name of the checksum's own key hides it; nothing else has changed then.
        expect(at).toBeGreaterThan(bytes(false).length - 1);
        expect(graph.tensor('w')!.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  });
});

it('inlines functions with their attributes', () => {
  const file = edited((m) => {
    const source = create(ModelProtoSchema, {
      functions: [{
        name: 'Twice', domain: 'f', input: ['a'], output: ['o'], attribute: ['slope'],
        node: [
          { opType: 'LeakyRelu', name: 'first', input: ['a'], output: ['inner'], attribute: [{ name: 'alpha', refAttrName: 'slope', type: 1 }] },
          { opType: 'LeakyRelu', name: 'second', input: ['inner'], output: ['o'], attribute: [{ name: 'alpha', refAttrName: 'slope', type: 1 }] },
        ],
      }],
      graph: { node: [{ opType: 'Twice', domain: 'f', name: 'call', input: ['h'], output: ['y'], attribute: [{ name: 'slope', f: 0.25, type: 1 }] }] },
    });
    m.functions = source.functions;
    m.graph!.node[1] = source.graph!.node[0];
  });
  const { graph } = readModel(file, 'm.onnx');
  expect(graph.nodes.map(({ opType, input, output }) => [opType, input[0], output[0]])).toEqual([['Gemm', 'x', 'h'], ['LeakyRelu', 'h', 'call#0/inner'], ['LeakyRelu', 'call#0/inner', 'y']]);
  expect(graph.nodes.slice(1).map(({ attribute }) => attribute.map(({ name, f }) => [name, f]))).toEqual([[['alpha', 0.25]], [['alpha', 0.25]]]);
});

describe.skipIf(!shared)('real exports', () => {
  const models = shared ? readdirSync(path.join(shared, 'refs')).filter((name) => !name.includes('.')) : [];

  it.each(models)('%s cut anywhere gives a model or one sentence', (name) => {
    for (const form of ['train', 'eval']) {
      const whole = readFileSync(path.join(shared!, 'refs', name, `${form}.onnx`));
      const source = new Random(2, name);
      const cuts = [...Array.from({ length: 12 }, (_, i) => i), ...Array.from({ length: 12 }, (_, i) => whole.length - 1 - i), ...Array.from({ length: 40 }, () => source.below(whole.length))];
      let read = 0;
      for (const cut of cuts) {
        try {
          readModel(whole.subarray(0, cut), 'm.onnx');
          read++;
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toMatch(/^m\.onnx: [^\n]+$/);
        }
      }
      // The opset is the last field: whatever is cut from it can be missed.
      expect(read).toBeLessThan(3);
    }
  });
});
