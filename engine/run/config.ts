/** The run file (`*.train.json`): one schema gives the type, the check, the editor's JSON schema and the option reference. */
import type { Node } from 'jsonc-parser';
import * as Type from 'typebox';
import { dataSchema } from '../data/schema';
import { Diagnose } from '../diagnosis/schema';
import { Layers } from '../layers/schema';
import { Layer } from '../layers/table';
import { Loss } from '../loss/schema';
import { Metrics, monitored } from '../metrics/schema';
import { clipSchema, emaSchema, optimizerSchema, parameterGroupsSchema, regularizationSchema, scheduleSchema } from '../optimizer/schema';
import { parseChecked, type Setting } from './parse';
import type { Schema } from './schema';

const freeze = (options: { default?: string[] }) => Type.Array(Type.String({ minLength: 1 }), {
  ...options,
  description: 'Parameters that are not trained: names, where `*` stands for any text, as in `layer1.*`. They cost neither gradient nor moments. Batch normalisation whose scale and shift are both frozen normalises by its running statistics, which stay as they are (PyTorch eval()); dropout goes on.',
});

const LayersModel = Type.Object({
  layers: Layers,
  heads: Type.Optional(Type.Record(Type.String(), Layers, { description: 'Several outputs, each by its name: the layers that take what `layers` ends in there, as in `{"class": [{"dense": 10}], "box": [{"dense": 4}]}`. `loss` and the label of the data then have the same names. Default: `layers` ends in the only output.' })),
  weights: Type.Optional(Type.String({ minLength: 1, description: 'Path of a safetensors file, relative to the run file, that the parameters start from: a checkpoint of a run, or tensors under the names that the parameters have here. What it does not have, or in other dimensions, starts anew.' })),
  freeze: Type.Optional(freeze({})),
}, { description: 'A model written as a list of layers.' });

const OnnxModel = Type.Object({
  onnx: Type.String({ minLength: 1, description: 'Path of an ONNX model, relative to the run file. Its initializers that are floating point become the parameters.' }),
  freeze: freeze({ default: [] }),
  head: Type.Optional(Type.Object({
    classes: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of its outputs. Default: the classes of the data, or the numbers of a label.' })),
  }, { description: 'A new last layer in the place of the model\'s own, drawn anew by the seed and trained whatever is frozen.' })),
}, { description: 'A model read from an ONNX file.' });

/** A property with a default may be left out of the file and is always there in the config; the same holds in every fragment. */
export const RunFile = Type.Object({
  $schema: Type.Optional(Type.String({ description: 'JSON schema that the editor checks this file with; not needed in VS Code.' })),
  name: Type.Optional(Type.String({ minLength: 1, description: 'Name of the runs started from this file. Default: the name of the file without `.train.json`.' })),
  model: Type.Union([LayersModel, OnnxModel], { description: 'The network: `layers`, or an `onnx` file.' }),
  data: dataSchema,
  loss: Loss,
  metrics: Type.Optional(Metrics),
  optimizer: Type.Union(optimizerSchema.anyOf, { ...optimizerSchema, default: { type: 'adam' } }),
  schedule: Type.Optional(scheduleSchema),
  clip: Type.Optional(clipSchema),
  parameterGroups: Type.Optional(parameterGroupsSchema),
  regularization: Type.Optional(regularizationSchema),
  ema: Type.Optional(emaSchema),
  batchSize: Type.Integer({ minimum: 1, default: 32, description: 'Samples per update. The last, smaller batch of an epoch is used too.' }),
  accumulate: Type.Optional(Type.Integer({ minimum: 1, description: 'Batches whose gradients are added up for one update: as one batch of that many times batchSize samples, in the memory of one. Batch normalisation sees the single batches. Default: 1.' })),
  epochs: Type.Integer({ minimum: 1, default: 10, description: 'How often the training set is gone through.' }),
  seed: Type.Integer({ minimum: 0, maximum: 4294967295, default: 0, description: 'Seed of everything random: initial weights, order of samples, split, dropout. The same file and seed give the same weights on the CPU.' }),
  device: Type.String({ minLength: 1, default: 'auto', description: '`auto` is the CPU; or the id of a device, such as `cpu`, `webgpu` or `cuda` (`adamscope devices` lists them).' }),
  precision: Type.Enum(['float32', 'float16'], { default: 'float32', description: 'What products and convolutions, and their gradients, are computed and stored in. `float16`, as PyTorch\'s autocast with GradScaler: weights, moments, losses, sums and statistics stay float32, and the loss is scaled so that small gradients are not lost; a step whose gradient overflows is skipped. For GPUs; the CPU only rounds as they would, which is slower and saves nothing. Not with `lbfgs`.' }),
  recompute: Type.Optional(Type.Union([Type.Boolean(), Type.Integer({ minimum: 2 })], { description: 'Activations that the reverse pass reads are computed again when it needs them instead of being held, as PyTorch\'s torch.utils.checkpoint (Chen et al. 2016): the forward pass is cut into segments, of which all but the last are computed twice. `true` cuts for the lowest peak of memory; a number is the most segments, of which 2 cost the least time. On the CPU the weights are the same, bit for bit. It pays where many layers hold activations; what a single layer needs while it computes stays. Default: false.' })),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024, description: 'Cores that the computation may use; `data.workers` are threads of their own. The same number gives the same weights, bit for bit; another one may move their last bits, because onnxruntime splits the sums of large matrix products by it. Name one for the same weights on machines with other numbers of cores. Default: all.' })),
  diagnose: Diagnose,
  earlyStop: Type.Optional(Type.Object({
    patience: Type.Integer({ minimum: 1, description: 'Epochs without an improvement after which training stops.' }),
    monitor: monitored(['loss', 'metric'], { default: 'loss', description: 'What must improve on the validation set: `loss`, `metric` (accuracy for classes, mean absolute error otherwise), or the name of a metric.' }),
    minDelta: Type.Number({ minimum: 0, default: 0, description: 'How much it must improve by to count.' }),
    restoreBest: Type.Boolean({ default: true, description: 'The trained model, what `evaluate` and `export` take, has the weights of the best epoch; false: of the last one (Keras restore_best_weights, which is false there unless asked for).' }),
  }, { description: 'Stops training when the validation set no longer gains from it. Default: off.' })),
  checkpoint: Type.Optional(Type.Object({
    everySteps: Type.Optional(Type.Integer({ minimum: 1, description: 'Updates between two checkpoints, in addition to one after every epoch.' })),
  }, { description: 'When the state that a run resumes from is written. Default: after every epoch.' })),
}, { $defs: { Layer }, description: 'A training run of Adamscope.' });

export type { Setting } from './parse';

/** The run file with every default filled in. */
export type RunConfig = Type.Static<typeof RunFile>;

export const runFileSchema = RunFile as unknown as Schema;

/**
 * Checks the text of a run file and the settings that override it. Throws an InputError that names file, line, column and key
 * ("--set PATH" for a setting), what was found and what is allowed. `tree` has the positions of `text` (without a byte order mark).
 */
export function parseRunFile(text: string, file: string, { set = [] }: { set?: readonly Setting[] } = {}): { config: RunConfig; tree: Node; text: string } {
  const parsed = parseChecked(runFileSchema, text, file, set);
  return { ...parsed, config: parsed.config as RunConfig };
}
