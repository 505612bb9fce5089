import { totalmem } from 'node:os';
import { InputError } from '../errors';
import type { LossConfig } from '../loss/schema';
import { checkMoves, checkShares } from './boxes';
import { type Dataset, type DatasetSpec, type InputInfo, type LabelPart, createDataset } from './dataset';
import { encodeClasses, encodeTargets, findClasses, type Labels, ofOutput } from './labels';
import { finishInputs, prepareInputs } from './finish';
import type { Folders } from './path';
import { readSource, sourceName } from './readers/read';
import { type Column, elements, type NumericArray, type Samples } from './samples';
import type { TableOptions } from './readers/table';
import { planSplit, type Role, splitColumn, splitRows } from './split';
import type { ColumnReference, DataConfig, SourceConfig, TransformConfig } from './schema';
import { checkLabels, type Target, targetsOf } from './targets';
import { textTransform, type Vocabulary } from './tokens/tokens';
import { pipeline, type Step } from './transforms/step';
import { type Part, fitTransform } from './transforms/transform';

export interface LoadOptions extends Folders {
  seed: number;
  /** Of the run file: it says what labels are for. */
  loss: LossConfig | string;
  /** Bytes that the inputs of a source may take in memory. */
  memory?: number;
  /** The tokenizer.json of a run, whose vocabulary is not learnt again. */
  tokenizer?: string;
  /** Sees the training source before the transforms. */
  look?: (samples: Samples) => void;
}

/** What a source may take: a quarter of the machine's memory, 2 GiB at most. */
const memoryOf = (): number => Math.min(2 ** 31, totalmem() / 4);

export interface LoadedData {
  train: Dataset;
  validation?: Dataset;
  test?: Dataset;
  text?: LoadedText;
}

/** What the tokens of a text are. */
export interface LoadedText {
  vocabulary: Vocabulary;
  /** Tokens of every training text before it was cut or padded. */
  tokens: Uint32Array;
}

/** Reads, splits and transforms the data of a run file. Mistakes in files are InputErrors with their place. */
export async function loadData(config: DataConfig, { seed, loss, memory = memoryOf(), tokenizer, look, ...folders }: LoadOptions): Promise<LoadedData> {
  const { categorical, imputed } = wants(config.transforms ?? []);
  const name = sourceName(config.train);
  const plan = planSplit(config);
  const targets = targetsOf(loss);
  checkLabels(config.train, targets, 'data.train');
  for (const { role, source } of plan.sources) checkLabels(source, targets, `data.${role}`);
  checkMoves(config.transforms ?? [], targets);
  const text = await textTransform(config, folders, name, tokenizer);
  const read = async (source: SourceConfig, more: Pick<TableOptions, 'expected' | 'split'>): Promise<Samples> => {
    if (text) checkTextSource(source);
    const samples = await readSource(source, { ...folders, categorical, imputed, targets, memory, text, ...more });
    if (text && !samples.features.tokens) throw new InputError(`holds no texts, which the transform ${text.name} needs; tables and folders of texts do.`, { file: sourceName(source) });
    prepareInputs(samples, 'inputType' in source ? source.inputType : undefined, imputed.length > 0);
    return samples;
  };

  const main = await read(config.train, { split: splitColumn(plan, name) });
  look?.(main);
  const expected = main.features.columns?.map((column) => column.name);
  const rest = await Promise.all(plan.sources.map(async ({ role, source }) => ({ role, source, samples: await read(source, { expected }) })));
  const vocabularies = targets.map(({ classes }, i) => (classes && !main.labels[i].tokens ? findClasses(ofOutput(main, i)) : undefined));
  const resizes = config.transforms?.some((transform) => 'resize' in transform) ?? false;
  const encoded = new Map<Samples, Labels[]>();
  const encode = (samples: Samples): Labels[] => {
    const { source } = samples.features;
    if (resizes || (source.kind === 'images' && source.resized)) checkShares(samples, targets, config.labelScale);
    const labels = encoded.get(samples) ?? targets.map((target, i) => {
      const vocabulary = vocabularies[i];
      return vocabulary ? encodeClasses(ofOutput(samples, i), vocabulary) : encodeTargets(ofOutput(samples, i), target, config.labelScale);
    });
    encoded.set(samples, labels);
    return labels;
  };
  // What a split keeps the shares of: the first that is one class for each sample.
  const single = targets.findIndex(({ classes }, i) => classes && main.labels[i].dims.length === 0);

  const { drawn } = plan;
  const rows = splitRows(main, plan, { seed, shuffle: config.shuffle !== false, classes: drawn?.stratify && single >= 0 ? encode(main)[single].data : undefined, file: name });
  const parts = new Map<Role, Part>([...rows].map(([role, own]) => [role, { samples: main, rows: own }]));
  for (const { role, source, samples } of rest) {
    sameShape(samples, main, sourceName(source), role);
    parts.set(role, { samples, rows: Uint32Array.from({ length: samples.count }, (_, i) => i) });
  }
  const train = parts.get('train')!;
  if (train.rows.length < 2)
    throw new InputError(`the training part has ${train.rows.length} ${train.rows.length === 1 ? 'sample' : 'samples'}${train.rows.length < main.count ? ` after the split (${main.count} in all)` : ''}; at least 2 are needed.`, { file: name });

  const stores = new Set([...parts.values()].map(({ samples }) => samples));
  const tokens = text?.fit(train);
  if (tokens?.step) for (const { features } of stores) features.steps.push(tokens.step);
  if (tokens && main.labels[0].tokens) {
    vocabularies[0] = { classes: tokens.names(), byId: true };
    for (const { labels: [next] } of stores) next.data = idsOf(next.data, tokens.step);
  }
  for (const transform of text ? [] : config.transforms ?? []) {
    const apply = fitTransform(transform, train, name);
    stores.forEach(({ features }) => apply(features));
  }
  stores.forEach(finishInputs);

  // What threads work on they share, instead of a copy each.
  for (const { features: { source, steps } } of stores) if (source.kind === 'memory' && steps.length > 0 && steps.some(({ op }) => op !== 'affine')) source.data = sharedCopy(source.data);
  const datasets = [...parts].map(([role, { samples, rows: own }]) => [role, createDataset(specOf(samples, rowsOf(encode(samples), targets, vocabularies.map((vocabulary) => vocabulary?.classes), samples.count), own, { name, seed, ...(targets.length === 1 && { classes: vocabularies[0]?.classes }) }, tokens))]);
  return { ...Object.fromEntries(datasets) as LoadedData, ...(tokens && { text: { vocabulary: tokens, tokens: Uint32Array.from(train.rows, (row) => train.samples.features.tokens![row]) } }) };
}

/** The labels of all outputs behind one another: a row of numbers for each sample. */
function rowsOf(labels: readonly Labels[], targets: readonly Target[], classes: readonly (string[] | undefined)[], count: number): DatasetSpec['labels'] {
  const [{ type, dims, data }] = labels;
  const source = (values: Labels['data'], width: number): DatasetSpec['labels']['source'] => ({ kind: 'memory', data: values, width });
  if (labels.length === 1) return { type, dims, source: source(data, elements(dims)) };
  const whole = labels.every((own) => own.type === 'int32');
  const sizes = labels.map((own) => elements(own.dims));
  const width = sizes.reduce((a, b) => a + b, 0);
  const all = new (whole ? Int32Array : Float32Array)(count * width);
  let before = 0;
  const parts = labels.map((own, i): LabelPart => {
    const part = { output: targets[i].output, type: own.type, dims: own.dims, before, classes: classes[i] };
    for (let row = 0; row < count; row++) all.set(own.data.subarray(row * sizes[i], (row + 1) * sizes[i]), row * width + before);
    before += sizes[i];
    return part;
  });
  return { type: whole ? 'int32' : 'float32', dims: [width], source: source(all, width), targets: parts };
}

function specOf({ features: { type, dims, source, steps, columns } }: Samples, labels: DatasetSpec['labels'], rows: Uint32Array, rest: Pick<DatasetSpec, 'name' | 'seed' | 'classes'>, vocabulary: Vocabulary | undefined): DatasetSpec {
  return {
    ...rest,
    inputs: { type, dims, source, steps, ...(columns?.some(({ categories }) => categories) && { categories: numbered(columns) }), ...(vocabulary && { vocabulary: { size: vocabulary.size, padding: vocabulary.padding } }) },
    labels,
    rows,
    columns: columns?.map((column) => column.name),
  };
}

/** A category that no transform has made features of is a number of its own. */
const numbered = (columns: readonly Column[]): NonNullable<InputInfo['categories']> =>
  columns.flatMap(({ name, categories }, element) => (categories ? [{ element, name, count: categories.length }] : []));

/** What the transforms ask of the readers of tables. */
function wants(transforms: readonly TransformConfig[]): Pick<TableOptions, 'categorical' | 'imputed'> {
  const bucketed = new Set(transforms.flatMap((transform) => ('bucket' in transform ? transform.bucket.columns : [])));
  const categorical = transforms.flatMap((transform) => {
    const [name, { columns }] = Object.entries(transform)[0] as [string, { columns: ColumnReference[] }];
    return name === 'oneHot' || name === 'categories' ? columns.filter((column) => !bucketed.has(column)).map((column) => [name, column] as const) : [];
  });
  const imputes = transforms.flatMap((transform) => ('impute' in transform ? [transform.impute] : []));
  return { categorical, imputed: imputes.some(({ columns }) => !columns) ? 'all' : imputes.flatMap(({ columns }) => columns!) };
}

/** Tokens as the step makes them of what was read. */
function idsOf(read: NumericArray, step: Step | undefined): NumericArray {
  if (!step) return read;
  const run = pipeline([step]);
  const ids = new Int32Array(read.length);
  for (let at = 0; at < ids.length; at += tokensAtOnce) ids.set(run(Float64Array.from(read.subarray(at, at + tokensAtOnce))), at);
  return ids;
}

const tokensAtOnce = 1 << 16;

function checkTextSource(source: SourceConfig): void {
  if ('reshape' in source || ('inputType' in source && source.inputType !== 'int32'))
    throw new InputError(`${'reshape' in source ? 'reshape' : 'inputType'} is given, but the tokens of a text are int32 and as many as the transform says.`, { file: sourceName(source) });
}

function sameShape(samples: Samples, train: Samples, file: string, role: string): void {
  const shape = ({ features, labels }: Samples) => [[features.dims], labels.map(({ dims }) => dims)].map((all) => all.map((dims) => `[${dims.join(', ')}]`).join(', '));
  const [[inputs, labels], [wantedInputs, wantedLabels]] = [shape(samples), shape(train)];
  if (inputs !== wantedInputs) throw new InputError(`a ${role} sample has dims ${inputs}, a training sample has ${wantedInputs}.`, { file });
  if (labels !== wantedLabels) throw new InputError(`a ${role} label has dims ${labels}, a training label has ${wantedLabels}.`, { file });
  if (samples.features.type !== train.features.type)
    throw new InputError(`the ${role} inputs are ${samples.features.type}, the training inputs are ${train.features.type}.`, { file });
}

function sharedCopy<T extends NumericArray>(data: T): T {
  // The bytes of a file are a Buffer, which is not to be constructed.
  const kind = Buffer.isBuffer(data) ? Uint8Array : data.constructor;
  const copy = new (kind as new (buffer: SharedArrayBuffer) => T)(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
