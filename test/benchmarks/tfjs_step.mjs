/**
 * TensorFlow.js' part of the benchmark, as torch_step.py: reads one JSON object a line, a net, answered with its memory in bytes, then {"mode", "count"}, answered with
 * the milliseconds of that many steps, of fewer where they take long. `cpu` is plain JavaScript; `wasm` uses one thread in Node, and has no gradient of most layers.
 */
import { createInterface } from 'node:readline';

const [backend] = process.argv.slice(2);
// What it has to say on loading is no answer.
console.warn = console.info = console.log = () => {};
const { default: tf } = await import('@tensorflow/tfjs');
if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');

/** Milliseconds that one answer may take. */
const longest = 4000;

const { layers: L } = tf;
const plain = {
  relu: () => L.reLU(), relu6: () => L.reLU({ maxValue: 6 }), flatten: () => L.flatten(), globalAveragePool: () => L.globalAveragePooling2d({}), batchNorm: () => L.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }),
};

/** Images have their channels last here. */
function convolution(x, { filters, kernel, stride = 1, padding = 0, groups = 1, bias = true }) {
  const padded = padding > 0 ? L.zeroPadding2d({ padding }).apply(x) : x;
  const options = { kernelSize: kernel, strides: stride, useBias: bias };
  if (groups === 1) return L.conv2d({ ...options, filters }).apply(padded);
  if (groups !== x.shape[3] || filters !== groups) throw new Error('groups of several channels are not there');
  return L.depthwiseConv2d(options).apply(padded);
}

function layer(entry, x) {
  if (typeof entry === 'string') return plain[entry]().apply(x);
  const [[kind, options]] = Object.entries(entry);
  if (kind === 'dense') return L.dense({ units: options }).apply(x);
  if (kind === 'conv2d') return convolution(x, options);
  if (kind === 'embedding') return L.embedding({ inputDim: options.numEmbeddings, outputDim: options.embeddingDim }).apply(x);
  if (kind === 'maxPool2d') {
    const { kernel, stride = kernel, padding = 0 } = typeof options === 'number' ? { kernel: options } : options;
    return L.maxPooling2d({ poolSize: kernel, strides: stride }).apply(padding > 0 ? L.zeroPadding2d({ padding }).apply(x) : x);
  }
  if (kind !== 'residual') throw new Error(`there is no ${kind}`);
  const y = options.reduce((value, each) => layer(each, value), x);
  const same = x.shape.join() === y.shape.join();
  return L.add().apply([y, same ? x : L.conv2d({ filters: y.shape[3], kernelSize: 1, strides: Math.ceil(x.shape[1] / y.shape[1]) }).apply(x)]);
}

function prepare({ dims, batch, layers, ids, regression, frozen = 0 }) {
  if (frozen > 0) throw new Error('frozen layers are not timed');
  const shape = dims.length === 3 ? [dims[1], dims[2], dims[0]] : dims;
  const input = tf.input({ shape, dtype: ids ? 'int32' : 'float32' });
  const model = tf.model({ inputs: input, outputs: layers.reduce((value, each) => layer(each, value), input) });
  const x = ids ? tf.randomUniform([batch, ...shape], 0, ids, 'int32') : tf.randomNormal([batch, ...shape]);
  const labels = regression ? tf.randomNormal([batch, 1]) : tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32'), 10);
  const optimizer = tf.train.adam(1e-3);
  const loss = (training) => {
    const y = model.apply(x, { training });
    return regression ? tf.losses.meanSquaredError(labels, y) : tf.losses.softmaxCrossEntropy(labels, y);
  };
  return (mode) => {
    const value = mode === 'forward' ? tf.tidy(() => loss(false)) : optimizer.minimize(() => loss(true), true);
    value.dataSync();
    value.dispose();
  };
}

const peak = () => 1024 * process.resourceUsage().maxRSS;
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

if (!await tf.setBackend(backend)) throw new Error(`there is no backend ${backend}`);
await tf.ready();
say({ version: tf.version['tfjs-core'] });
let step;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.mode) {
    const [began, steps] = [performance.now(), []];
    while (steps.length < request.count && (steps.length === 0 || performance.now() - began < longest)) {
      const start = performance.now();
      step(request.mode);
      steps.push(performance.now() - start);
    }
    say({ steps });
  } else {
    const before = peak();
    step = prepare(request);
    step('train');
    say({ memory: peak() - before });
  }
}
