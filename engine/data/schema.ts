import Type, { type Static, type TSchema } from 'typebox';

const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ description, minLength: 1 });
const count = (description: string, minimum = 1) => Type.Integer({ description, minimum });

const common = {
  reshape: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), {
    description: 'Dims of one sample, channels first: [1, 8, 8] turns 64 values into an image for conv2d. Default: as stored; a grayscale IDX image becomes [1, height, width].',
    minItems: 1,
  })),
  inputType: Type.Optional(Type.Union([Type.Literal('float32'), Type.Literal('int32')], {
    description: 'Element type of the inputs. int32 is for an embedding. Default: int32 for .npy arrays of integers wider than a byte, else float32.',
  })),
  classes: Type.Optional(Type.Array(Type.String(), {
    description: 'Names of the classes in the order of their ids. Default: the labels of the training data, sorted.',
    minItems: 2,
    uniqueItems: true,
  })),
  offset: Type.Optional(count('Number of samples to leave out at the start of the file. Default 0.', 0)),
  limit: Type.Optional(count('Largest number of samples to read. Default: all.')),
};

const column = Type.Union([Type.String(), Type.Integer({ minimum: 0 })]);
const columnDescription = 'column name, or index counted from 0';

const labelColumns = Type.Union([column, Type.Array(column, { minItems: 1 })]);
/** `what`: of one output. */
const labelled = <T extends TSchema>(what: T, description: string) => Type.Union([...((what as { anyOf?: TSchema[] }).anyOf ?? [what]) as [T], Type.Record(Type.String(), what, { description: 'Of several outputs, each by its name.' })], { description });
const label = labelled(labelColumns, `What to predict: ${columnDescription}. A list of columns gives several numbers to predict. Of a model with several outputs the same for each: {"class": "digit", "box": ["x", "y", "w", "h"]}.`);

const table = {
  label,
  columns: Type.Optional(Type.Array(column, {
    description: `The features, in this order: each a ${columnDescription}. Default: every column that is not a label.`,
    minItems: 1,
  })),
  dropRowsWith: Type.Optional(Type.Array(Type.String(), {
    description: 'Leave out rows where a cell in use equals one of these: ["", "?"]. Default: none.',
  })),
  missing: Type.Optional(Type.Array(Type.String(), {
    description: 'What a cell holds where the value is missing: ["", "?"]. Default: nothing (""). A missing value is an error unless the transform impute fills it in.',
  })),
  ...common,
};

export const csvSchema = Type.Object({
  csv: text('Path of a CSV or TSV file, relative to the run file; .gz is read too.'),
  header: Type.Optional(Type.Union([Type.Boolean(), Type.Literal('auto')], {
    description: 'Whether the first row holds column names. Default "auto": yes if it holds the label\'s name, or no number at all.',
  })),
  delimiter: Type.Optional(text('What separates cells: ",", ";", "\\t". Default: a tab for .tsv, else found by looking at the first rows.')),
  ...table,
}, { ...closed, description: 'A table in a text file, one sample per row.' });

export const jsonLinesSchema = Type.Object({
  jsonLines: text('Path of a JSON Lines file (.jsonl, .ndjson): one object per line, its keys are the columns; .gz is read too.'),
  ...table,
}, { ...closed, description: 'A table with one JSON object per line.' });

export const parquetSchema = Type.Object({
  parquet: text('Path of a Parquet file, relative to the run file.'),
  ...table,
}, { ...closed, description: 'A table in Parquet\'s columns.' });

export const npySchema = Type.Object({
  npy: text('Path of a NumPy .npy file with the inputs, samples first; .gz is read too.'),
  labels: labelled(text('Path of a NumPy .npy file.'), 'Path of a NumPy .npy file with the labels, samples first; of several outputs one for each: {"class": "y.npy", "box": "boxes.npy"}.'),
  ...common,
}, { ...closed, description: 'Two NumPy arrays.' });

export const npzSchema = Type.Object({
  npz: text('Path of a NumPy .npz archive.'),
  inputs: text('Key of the inputs in the archive.'),
  labels: labelled(text('Key in the archive.'), 'Key of the labels in the archive; of several outputs one for each.'),
  ...common,
}, { ...closed, description: 'Two arrays of one NumPy archive.' });

export const idxSchema = Type.Object({
  idx: text('Path of an IDX file with the inputs (the format of MNIST); .gz is read too.'),
  labels: labelled(text('Path of an IDX file.'), 'Path of an IDX file with the labels; of several outputs one for each.'),
  ...common,
}, { ...closed, description: 'Two IDX files, as MNIST and Fashion-MNIST come.' });

export const cifarSchema = Type.Object({
  cifar: Type.Union([text('Path of a file of CIFAR records; .gz is read too.'), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], { description: 'Path of a file of CIFAR records, or a list of them; .gz is read too.' }),
  kind: Type.Optional(Type.Enum(['cifar10', 'cifar100', 'cifar100-coarse'], { description: 'Which data set the records are of; CIFAR-100 has 100 classes, or 20 coarse ones. Default: cifar10.' })),
  ...common,
}, { ...closed, description: 'Binary records of CIFAR-10 or CIFAR-100: colour images of 32 x 32.' });

export const imagesSchema = Type.Object({
  images: text('Path of a folder of PNG, JPEG and WebP images, with one folder per class in it.'),
  labels: Type.Optional(Type.Object({
    csv: text('Path of a CSV file with a row for every image.'),
    label,
    file: Type.Optional({ ...column, description: `Path of the image below the folder: ${columnDescription}. Default: the first column.` }),
  }, { ...closed, description: 'A table that tells the label of every image. Default: the name of the folder that the image lies in.' })),
  size: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 4096 }), Type.Tuple([Type.Integer({ minimum: 1, maximum: 4096 }), Type.Integer({ minimum: 1, maximum: 4096 })])], {
    description: 'Side, or [height, width], that every image is resized to, proportions kept: what stands out is cut off evenly. Default: all images have the size of the first.',
  })),
  channels: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(3)], { description: '3 for colour (default), 1 for grey.' })),
  ...common,
}, { ...closed, description: 'Images in files of their own.' });

export const textsSchema = Type.Object({
  texts: text('Path of a folder of .txt files, with one folder per class in it; the transform characters or tokenize says what becomes of them.'),
  classes: common.classes,
  offset: common.offset,
  limit: common.limit,
}, { ...closed, description: 'Texts in files of their own.' });

export const textSchema = Type.Object({
  text: text('Path of a UTF-8 text file; .gz is read too. The transform characters or tokenize says what its tokens are, and how many make a sample.'),
  offset: common.offset,
  limit: common.limit,
}, { ...closed, description: 'One long text, to predict the next token: its samples follow each other, the label of every token is the one after it. The loss is crossEntropy, the output of the model [vocabulary, length].' });

export const simulatedSchema = Type.Object({
  simulated: Type.Literal('linear', { description: 'linear: y = X w + b + noise, with X, w and b drawn from the standard normal distribution.' }),
  samples: Type.Integer({ description: 'Number of samples.', minimum: 2, maximum: 1_000_000 }),
  features: Type.Integer({ description: 'Number of features.', minimum: 1, maximum: 10_000 }),
  noise: Type.Optional(Type.Number({ description: 'Standard deviation of the noise on y. Default 0.', minimum: 0 })),
  seed: Type.Optional(count('Seed of the generator. Default 0.', 0)),
}, { ...closed, description: 'Data made on the spot.' });

export const sourceSchema = Type.Union([csvSchema, jsonLinesSchema, parquetSchema, npySchema, npzSchema, idxSchema, cifarSchema, imagesSchema, textsSchema, textSchema, simulatedSchema], {
  description: 'Where samples come from: csv, jsonLines, parquet, npy, npz, idx, cifar, images, texts, text or simulated.',
});

const numbers = (description: string, minimum?: number) =>
  Type.Optional(Type.Union([
    Type.Number(minimum === undefined ? {} : { exclusiveMinimum: minimum }),
    Type.Array(Type.Number(minimum === undefined ? {} : { exclusiveMinimum: minimum }), { minItems: 1 }),
  ], { description }));

export const standardizeSchema = Type.Object({
  per: Type.Optional(Type.Union([Type.Literal('feature'), Type.Literal('channel'), Type.Literal('all')], {
    description: 'What shares one mean and standard deviation: every feature has its own (default), one per channel (first dim), or one for all.',
  })),
  columns: Type.Optional(Type.Array(column, { description: `CSV columns to standardize: each a ${columnDescription}. Default: all that hold numbers.`, minItems: 1 })),
  mean: numbers('Mean to subtract instead of the training data\'s: one number, or one for each feature or channel.'),
  std: numbers('Standard deviation to divide by instead of the training data\'s: one number, or one for each feature or channel.', 0),
}, { ...closed, description: '(x - mean) / standard deviation, with the statistics of the training part only. A constant feature becomes 0.' });

const interval = (description: string) => Type.Array(Type.Number(), { description, minItems: 2, maxItems: 2 });

export const scaleSchema = Type.Union([
  Type.Number({ description: 'Factor.' }),
  Type.Object({ from: interval('[low, high] of the data.'), to: interval('[low, high] wanted.') }, closed),
], { description: 'A factor, or {"from": [0, 255], "to": [0, 1]}: a straight line through both ends, values beyond them are not cut.' });

export const oneHotSchema = Type.Object({
  columns: Type.Array(column, { description: `Categorical CSV columns: each a ${columnDescription}.`, minItems: 1 }),
  unknown: Type.Optional(Type.Union([Type.Literal('error'), Type.Literal('zero')], {
    description: 'What to do with a category that the training part does not hold: "error" (default) or "zero", all its features 0.',
  })),
}, { ...closed, description: 'Replaces every named column by one 0/1 feature per category.' });

const columns = (which: string) => Type.Optional(Type.Array(column, { description: `Columns: each a ${columnDescription}. Default: ${which}.`, minItems: 1 }));
const share = (description: string, defaultValue: number) => Type.Optional(Type.Number({ description: `${description} Default ${defaultValue}.`, minimum: 0, maximum: 1 }));
const side = Type.Integer({ minimum: 1, maximum: 4096 });
const imageSize = (description: string) => Type.Union([side, Type.Tuple([side, side])], { description });

export const minMaxSchema = Type.Object({
  columns: columns('all that hold numbers'),
  to: Type.Optional(Type.Array(Type.Number(), { description: '[low, high] wanted. Default [0, 1].', minItems: 2, maxItems: 2 })),
}, { ...closed, description: 'A straight line that takes the smallest and largest value of the training part to [0, 1] (scikit-learn MinMaxScaler).' });

export const logSchema = Type.Object({
  columns: columns('all that hold numbers'),
  offset: Type.Optional(Type.Number({ description: 'Added before: 1 for counts that may be 0. Default 0.' })),
}, { ...closed, description: 'Natural logarithm of value + offset: for amounts that range over orders of magnitude.' });

export const clipSchema = Type.Object({
  columns: columns('all that hold numbers'),
  low: Type.Optional(Type.Number({ description: 'Smaller values become this.' })),
  high: Type.Optional(Type.Number({ description: 'Larger values become this.' })),
  quantiles: Type.Optional(Type.Tuple([Type.Number({ minimum: 0, maximum: 1 }), Type.Number({ minimum: 0, maximum: 1 })], { description: 'Quantiles of the training part that values are kept between: [0.01, 0.99].' })),
}, { ...closed, description: 'Keeps values within limits: outliers lose their pull.' });

export const bucketSchema = Type.Object({
  columns: Type.Array(column, { description: `Columns of numbers: each a ${columnDescription}.`, minItems: 1 }),
  edges: Type.Optional(Type.Array(Type.Number(), { description: 'Where a new bucket starts, rising.', minItems: 1 })),
  count: Type.Optional(Type.Integer({ minimum: 2, maximum: 1000, description: 'So many buckets with equally many values of the training part each.' })),
}, { ...closed, description: 'Replaces a number by the index of its bucket; oneHot after it makes one feature of each.' });

export const imputeSchema = Type.Object({
  columns: columns('all'),
  strategy: Type.Optional(Type.Enum(['median', 'mean', 'mostFrequent', 'constant'], { description: 'What of the training part takes the place of a missing value. Default: median. Categories take the most frequent, or the constant.' })),
  value: Type.Optional(Type.Union([Type.Number(), Type.String()], { description: 'The constant.' })),
  indicator: Type.Optional(Type.Boolean({ description: 'Adds a feature for each of the columns that is 1 where its value was missing. Default false.' })),
}, { ...closed, description: 'Fills in missing values (scikit-learn SimpleImputer). Rows are left out with `dropRowsWith` instead.' });

export const categoriesSchema = Type.Object({
  columns: Type.Array(column, { description: `Categorical columns: each a ${columnDescription}.`, minItems: 1 }),
  unknown: Type.Optional(Type.Union([Type.Literal('error'), Type.Literal('own')], {
    description: 'What to do with a category that the training part does not hold: "error" (default), or "own", a category of their own for all of them.',
  })),
}, { ...closed, description: 'Numbers the categories of every named column 0, 1, ... in the order of their names (scikit-learn OrdinalEncoder).' });

const tokens = Type.Integer({ minimum: 1, maximum: 100_000, description: 'Tokens of a sample: longer texts are cut, shorter ones padded.' });

export const charactersSchema = Type.Object({
  length: tokens,
  minCount: Type.Optional(count('How often a character must stand in the training part to have an id of its own; rarer ones share that of what is unknown. Default 1.')),
}, { ...closed, description: 'Reads the one feature as text and makes int32 ids of its characters: 0 is padding, 1 a character that the training part does not have, then its characters in the order of Unicode.' });

export const tokenizeSchema = Type.Object({
  tokenizer: text('Path of a tokenizer.json (byte-level BPE, other BPE, WordPiece, Unigram), relative to the run file.'),
  length: tokens,
}, { ...closed, description: 'Reads the one feature as text and makes int32 ids of its tokens by a tokenizer.json, without special tokens around it. Padding has the id that the file names, or else one more.' });

export const resizeSchema = imageSize('Resizes images to this side, or [height, width]; bilinear, antialiased.');
export const centerCropSchema = imageSize('Takes the middle of images: this side, or [height, width].');
export const randomCropSchema = Type.Union([side, Type.Tuple([side, side]), Type.Object({
  size: imageSize('Side, or [height, width].'),
  padding: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024, description: 'Zeros around the image beforehand. Default 0.' })),
}, closed)], { description: 'Takes a part of images, anywhere while training, the middle otherwise: a side, [height, width] or {"size": 32, "padding": 4}.' });
export const flipSchema = Type.Object({ p: share('Probability.', 0.5) }, closed);
export const rotateSchema = Type.Number({ minimum: 0, maximum: 180, description: 'Turns images while training, by an angle up to so many degrees either way.' });
export const colorJitterSchema = Type.Object({
  brightness: share('Factor of all values, drawn from 1 - this to 1 + this.', 0),
  contrast: share('The same for the distance from the mean grey.', 0),
  saturation: share('The same for the distance from grey.', 0),
}, { ...closed, description: 'Changes the colours of images at random while training (torchvision ColorJitter); before scale and standardize.' });
export const cutoutSchema = Type.Union([side, Type.Object({ size: { ...side, description: 'Side of the square.' }, p: share('Probability.', 1) }, closed)], {
  description: 'Sets a square of this side, anywhere, to 0 while training (DeVries & Taylor 2017): after standardize 0 is the mean.',
});

const transforms = {
  standardize: standardizeSchema, scale: scaleSchema, minMax: minMaxSchema, log: logSchema, clip: clipSchema, bucket: bucketSchema,
  impute: imputeSchema, oneHot: oneHotSchema, categories: categoriesSchema, characters: charactersSchema, tokenize: tokenizeSchema,
  resize: resizeSchema, centerCrop: centerCropSchema, randomCrop: randomCropSchema,
  horizontalFlip: { ...flipSchema, description: 'Mirrors images left to right while training.' } as typeof flipSchema,
  verticalFlip: { ...flipSchema, description: 'Mirrors images top to bottom while training.' } as typeof flipSchema,
  rotate: rotateSchema, colorJitter: colorJitterSchema, cutout: cutoutSchema,
};

type Transforms = typeof transforms;
type OneTransform = { [K in keyof Transforms]: { [P in K]: Static<Transforms[K]> } }[keyof Transforms];

export const transformSchema = Type.Unsafe<OneTransform>({
  anyOf: Object.entries(transforms).map(([name, schema]) => Type.Object({ [name]: schema }, closed)),
  description: `An object with one key: ${Object.keys(transforms).join(', ')}. What is random in one of images is drawn from the seed, the epoch and the sample.`,
});

const stratify = Type.Optional(Type.Boolean({ description: 'Keep the shares of the classes the same in both parts. Default false.' }));

export const fractionSplitSchema = Type.Object({
  fraction: Type.Number({ minimum: 0, maximum: 0.9, description: 'Share of the training data.' }),
  stratify,
}, { ...closed, description: 'A share of the training data, drawn by the seed.' });

export const foldSplitSchema = Type.Object({
  folds: Type.Integer({ minimum: 2, maximum: 1000, description: 'Number of equal parts (k-fold cross-validation).' }),
  fold: Type.Integer({ minimum: 0, description: 'Which of them is left out of training to judge the model on: 0 to folds - 1.' }),
  stratify,
}, { ...closed, description: 'One of k equal parts of the training data: k runs that differ in `fold` alone are a cross-validation.' });

export const columnSplitSchema = Type.Object({
  column: { ...column, description: `Column of the training data that tells the parts apart: ${columnDescription}. It is no feature.` },
  values: Type.Array(Type.String(), { minItems: 1, description: 'What it holds in the rows that are taken: ["val"].' }),
}, { ...closed, description: 'Rows of the training data where a column holds certain values.' });

export const dataSchema = Type.Object({
  train: sourceSchema,
  validation: Type.Optional(Type.Union([
    Type.Number({ description: 'Share of the training data, 0 to 0.9.', minimum: 0, maximum: 0.9 }),
    ...sourceSchema.anyOf,
    fractionSplitSchema,
    foldSplitSchema,
    columnSplitSchema,
  ], { description: 'Data to judge the model on: a share of the training data (drawn by the seed; the last rows where shuffle is false), one of k folds, the rows that a column tells, or another source. Default: none.' })),
  test: Type.Optional(Type.Union([...sourceSchema.anyOf, columnSplitSchema], { description: 'Data to measure the finished model on: another source, or the rows of the training data that a column tells. Default: none.' })),
  transforms: Type.Optional(Type.Array(transformSchema, { description: 'Applied to the inputs in this order. What they learn, they learn from the training part only.' })),
  labelScale: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Factor of numbers to predict: 1e-5 turns prices in dollars into units of 100,000, a size that weights of the usual scale reach soon. Loss and metrics are in the scaled units. Default 1.' })),
  shuffle: Type.Optional(Type.Boolean({ description: 'Draw a new order of the samples every epoch. Default true.', default: true })),
  workers: Type.Optional(Type.Integer({ minimum: 0, maximum: 64, description: 'Threads that read, decode and augment samples ahead of the training; 0: none. The samples are the same for any number. Default: one fewer than the machine has cores, 4 at most.' })),
}, { ...closed, description: 'Training, validation and test data.' });

export type DataConfig = Static<typeof dataSchema>;
export type SourceConfig = Static<typeof sourceSchema>;
export type SplitConfig = Static<typeof fractionSplitSchema> | Static<typeof foldSplitSchema>;
export type ColumnSplitConfig = Static<typeof columnSplitSchema>;
export type CsvConfig = Static<typeof csvSchema>;
export type JsonLinesConfig = Static<typeof jsonLinesSchema>;
export type ParquetConfig = Static<typeof parquetSchema>;
export type ImagesConfig = Static<typeof imagesSchema>;
export type TextConfig = Static<typeof textSchema>;
export type TextsConfig = Static<typeof textsSchema>;
export type CifarConfig = Static<typeof cifarSchema>;
/** What the tables of all formats share. */
export type TableConfig = Omit<ParquetConfig, 'parquet'>;
export type NpyConfig = Static<typeof npySchema>;
export type NpzConfig = Static<typeof npzSchema>;
export type IdxConfig = Static<typeof idxSchema>;
export type SimulatedConfig = Static<typeof simulatedSchema>;
export type TransformConfig = OneTransform;
export type MinMaxConfig = Static<typeof minMaxSchema>;
export type LogConfig = Static<typeof logSchema>;
export type ClipConfig = Static<typeof clipSchema>;
export type BucketConfig = Static<typeof bucketSchema>;
export type ImputeConfig = Static<typeof imputeSchema>;
export type CategoriesConfig = Static<typeof categoriesSchema>;
export type CharactersConfig = Static<typeof charactersSchema>;
export type TokenizeConfig = Static<typeof tokenizeSchema>;
export type ResizeConfig = Static<typeof resizeSchema>;
export type CropConfig = Static<typeof centerCropSchema>;
export type RandomCropConfig = Static<typeof randomCropSchema>;
export type FlipConfig = Static<typeof flipSchema>;
export type RotateConfig = Static<typeof rotateSchema>;
export type ColorJitterConfig = Static<typeof colorJitterSchema>;
export type CutoutConfig = Static<typeof cutoutSchema>;
export type ColumnReference = Static<typeof column>;
