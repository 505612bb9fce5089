import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import { parseRunFile, type Setting } from '../../engine/run/config';
import { changed, good } from './runFile';

const file = 'a.train.json';
const parse = (text: string, set?: Setting[]) => parseRunFile(text, file, { set }).config;

function sentence(text: string, set?: Setting[]): string {
  try {
    parse(text, set);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'accepted';
}

const list = (words: string): string => words.replace(/\w+(?=,| or|$)/g, '"$&"');
const optimizers = list('sgd, adam, adamw, nadam, radam, adamax, stableadamw, lamb, lion, rmsprop, adagrad, adadelta or lbfgs');
const schedules = list('constant, linear, step, multiStep, exponential, polynomial, cosine, cosineWarmRestarts, oneCycle, reduceOnPlateau, inverseSqrt or inverseTime');
const keys = '$schema, name, model, data, loss, metrics, optimizer, schedule, clip, parameterGroups, regularization, ema, batchSize, accumulate, epochs, seed, device, precision, recompute, threads, diagnose, earlyStop or checkpoint';
const adam = 'type, learningRate, beta1, beta2, epsilon, weightDecay, amsgrad or biasCorrection';
const transforms = 'standardize, scale, minMax, log, clip, bucket, impute, oneHot, categories, characters, tokenize, resize, centerCrop, randomCrop, horizontalFlip, verticalFlip, rotate, colorJitter or cutout';
const sources = '"csv", "jsonLines", "parquet", "npy", "npz", "idx", "cifar", "images", "texts", "text" or "simulated"';
const value = 'expected a value: a text in double quotes, a number, true, false, null, a list or an object';

describe('a wrong value', () => {
  it.each<[string, unknown, string]>([
    ['optimizer.learningRate', -1, '6:50: optimizer.learningRate must be a number of at least 0, found -1'],
    ['optimizer.learningRate', 'fast', '6:50: optimizer.learningRate must be a number of at least 0, found "fast"'],
    ['optimizer.learningrate', 1, `6:57: unknown key optimizer.learningrate, did you mean "learningRate"? Allowed: ${adam}`],
    ['optimizer.lr', 1, `6:57: unknown key optimizer.lr, allowed: ${adam}`],
    ['optimizer.type', 'adamm', `6:26: optimizer.type must be ${optimizers}, found "adamm", did you mean "adam"?`],
    ['optimizer.type', undefined, `6:16: optimizer needs the key "type", allowed: ${optimizers}`],
    ['optimizer', 'adam', `6:16: optimizer must be an object with "type" ${optimizers}, found "adam"`],
    ['optimizer.beta1', 1, '6:66: optimizer.beta1 must be a number of at least 0 and less than 1, found 1'],
    ['optimizer.amsgrad', 'yes', '6:68: optimizer.amsgrad must be true or false, found "yes"'],
    ['optimizer.momentum', 0.9, `6:57: unknown key optimizer.momentum, allowed: ${adam}`],
    ['schedule', {}, `9:15: schedule needs the key "type", allowed: ${schedules}`],
    ['schedule', { type: 'cosin' }, `9:25: schedule.type must be ${schedules}, found "cosin", did you mean "cosine"?`],
    ['schedule', { type: 'step' }, '9:15: schedule needs the key "stepSize"'],
    ['clip', { globalNorm: 0 }, '9:27: clip.globalNorm must be a number greater than 0, found 0'],
    ['clip', 1, '9:11: clip must be an object, found 1'],
    ['epochs', 0, '8:13: epochs must be an integer of at least 1, found 0'],
    ['epochs', 2.5, '8:13: epochs must be an integer of at least 1, found 2.5'],
    ['epochs', null, '8:13: epochs must be an integer of at least 1, found null'],
    ['Epochs', 3, `9:3: unknown key Epochs, did you mean "epochs"? Allowed: ${keys}`],
    ['__proto__', 3, `9:3: unknown key __proto__, allowed: ${keys}`],
    ['batchSize', [], '7:16: batchSize must be an integer of at least 1, found an empty list'],
    ['seed', -1, '9:11: seed must be an integer from 0 to 4294967295, found -1'],
    ['device', '', '9:13: device must be a text that is not empty, found ""'],
    ['recompute', 1, '9:16: recompute must be true or false or an integer of at least 2, found 1'],
    ['recompute', 'yes', '9:16: recompute must be true or false or an integer of at least 2, found "yes"'],
    ['model', undefined, '1:1: the run file needs the key "model"'],
    ['model', {}, '3:12: model needs the key "layers" or "onnx"'],
    ['model', { layer: [] }, '3:14: unknown key model.layer, did you mean "layers"? Allowed: layers or onnx'],
    ['model', { onnx: 3 }, '3:22: model.onnx must be a text that is not empty, found 3'],
    ['model', { onnx: 'a', freeze: 'b' }, '3:37: model.freeze must be a list, found "b"'],
    ['model.layers', [], '3:24: model.layers must have at least 1 element, found 0'],
    ['model.layers.1', 'dense', '3:42: model.layers.1 is "dense" without its options, write {"dense": ...}'],
    ['model.layers.1', { dense: 3, units: 4 }, '3:56: unknown key model.layers.1.units, allowed: dense'],
    ['model.layers.1', { dense: {} }, '3:53: model.layers.1.dense needs the key "units"'],
    ['model.layers.1', { dense: 'x' }, '3:53: model.layers.1.dense must be an integer of at least 1 or an object with "units", found "x"'],
    ['model.layers.1', { dense: { units: 3, bais: true } }, '3:67: unknown key model.layers.1.dense.bais, did you mean "bias"? Allowed: name, units, bias, initializer or biasInitializer'],
    ['model.layers.1', { conv2d: { filters: 3, kernel: [3, 3, 3] } }, '3:80: model.layers.1.conv2d.kernel must have 1 to 2 elements, found 3'],
    ['model.layers.1', { residual: { layers: [{ dense: 0 }] } }, '3:80: model.layers.1.residual.layers.0.dense must be an integer of at least 1 or an object with "units", found 0'],
    ['data', {}, '4:11: data needs the key "train"'],
    ['data.train', { cvs: 'a' }, `4:24: unknown key data.train.cvs, did you mean "csv"? Allowed: ${sources.replaceAll('"', '')}`],
    ['data.train', { csv: 'a' }, '4:22: data.train needs the key "label"'],
    ['data.train', {}, `4:22: data.train needs the key ${sources}`],
    ['data.train', 'a.csv', `4:22: data.train must be an object with ${sources}, found "a.csv"`],
    ['data.validation', 1, `4:80: data.validation must be a number from 0 to 0.9 or an object with ${sources.replace(' or', ',')}, "fraction", "folds" or "column", found 1`],
    ['data.transforms', [{ standardise: {} }], `4:83: unknown key data.transforms.0.standardise, did you mean "standardize"? Allowed: ${transforms}`],
    ['loss', 'crossentropy', '5:11: loss must be "crossEntropy", "bceWithLogits", "bce", "mse", "l1", "huber", "giou" or an object with "type", found "crossentropy", did you mean "crossEntropy"?'],
    ['loss', { type: 'huber', delta: 0 }, '5:39: loss.delta must be a number greater than 0, found 0'],
    ['loss', { type: 'mse', delta: 1 }, '5:28: unknown key loss.delta, allowed: type, classes, boxes or weight'],
    ['diagnose', { level: 'high' }, '9:26: diagnose.level must be "off", "light", "standard" or "full", found "high"'],
    ['diagnose', { rules: { 'data-scale': { large: 'x' } } }, '9:53: diagnose.rules.data-scale.large must be a number, found "x"'],
    ['diagnose', { sharpness: { everySteps: 0 } }, '9:46: diagnose.sharpness.everySteps must be an integer of at least 1, found 0'],
    ['earlyStop', {}, '9:16: earlyStop needs the key "patience"'],
    ['earlyStop', { patience: 1, minDelta: -1 }, '9:45: earlyStop.minDelta must be a number of at least 0, found -1'],
    ['checkpoint', { everyStep: 3 }, '9:19: unknown key checkpoint.everyStep, did you mean "everySteps"? Allowed: everySteps'],
  ])('%s = %j', (path, wrong, expected) => expect(sentence(changed(path, wrong))).toBe(`${file}:${expected}`));

  it.each<[unknown, RegExp]>([
    ['rellu', /^a\.train\.json:3:42: model\.layers\.1 must be .*"relu".* or an object with "dense", .*"residual", found "rellu", did you mean "relu"\?$/],
    [{ dens: 3 }, /^a\.train\.json:3:44: unknown key model\.layers\.1\.dens, did you mean "dense"\? Allowed: dense, .* or residual$/],
    [3, /^a\.train\.json:3:42: model\.layers\.1 must be .* found 3$/],
    [{}, /^a\.train\.json:3:42: model\.layers\.1 needs the key "dense", .* or "residual"$/],
    [{ residual: ['rellu'] }, /^a\.train\.json:3:57: model\.layers\.1\.residual\.0 must be .* found "rellu", did you mean "relu"\?$/],
  ])('layer %j', (layer, expected) => expect(sentence(changed('model.layers.1', layer))).toMatch(expected));

  it('a rule that does not exist', () => expect(sentence(changed('diagnose', { rules: { 'data-scales': 'off' } })))
    .toMatch(/^a\.train\.json:9:\d+: unknown key diagnose\.rules\.data-scales, did you mean "data-scale"\? Allowed: .*update-ratio.*$/));
});

describe('damaged text', () => {
  const without = (what: string, by = ''): string => {
    expect(good).toContain(what);
    return good.replace(what, by);
  };
  it.each<[string, string, string]>([
    ['empty', '', ': the file is empty, a run file is a JSON object {...}'],
    ['blank', ' \n', ': the file is empty, a run file is a JSON object {...}'],
    ['only a comment', '// x', `:1:5: ${value}, found the end of the file`],
    ['a list', '[]', ':1:1: the run file must be an object, found an empty list'],
    ['a text', '"x"', ':1:1: the run file must be an object, found "x"'],
    ['cut', '{', ':1:2: expected "}", found the end of the file'],
    ['no comma', without('"crossEntropy",', '"crossEntropy"'), ':6:3: expected ",", found "optimizer"'],
    ['two commas', without('32', '32,,'), ':3:39: expected a key in double quotes, found ","'],
    ['open text', without('"crossEntropy"', '"crossEntropy'), ':5:11: the text is not closed with a double quote, found "crossEntropy,'],
    ['NaN', without('0.001', 'NaN'), `:6:50: ${value}, found "NaN"`],
    ['no digit before the dot', without('0.001', '.1'), `:6:50: ${value}, found ".1"`],
    ['no digit after the dot', without('0.001', '1.'), ':6:50: the number is not complete, found "1."'],
    ['beyond float64', without('0.001', '1e999'), ':6:50: optimizer.learningRate must be a number of at least 0, found a number beyond the range of float64'],
    ['bare key', without('"loss"', 'loss'), ':5:3: expected a key in double quotes, found "loss"'],
    ['single quotes', without('"adam"', "'adam'"), `:6:26: ${value}, found "'adam'"`],
    ['no colon', without('"loss":', '"loss"'), ':5:10: expected ":" after the key, found "crossEntropy"'],
    ['no value', without('"epochs": 3', '"epochs":'), `:9:1: ${value}, found "}"`],
    ['open object', without('3\n}', '3\n'), ':10:1: expected "}", found the end of the file'],
    ['open list', without('10 }]', '10 }'), ':3:66: expected ",", found "}"'],
    ['key twice', without('"epochs"', '"loss"'), ':8:3: the key "loss" is written twice, first on line 5'],
    ['something after it', `${good}x`, ':10:1: expected the end of the file, found "x"'],
    ['a brace too many', `${good}}`, ':10:1: expected the end of the file, found "}"'],
    ['open comment', without('// samples', '/* samples'), ':7:20: the comment is not closed with */, found "/* samples"'],
    ['bad escape', without('digits', '\\digits'), ':4:31: the text has a \\ that no escape follows, found "\\digits.csv"'],
    ['tab in a text', without('digits', 'dig\tits'), ':4:31: the text has a control character, found "dig\tits.csv"'],
  ])('%s', (_, text, expected) => expect(sentence(text)).toBe(file + expected));

  it('never crashes on a cut file', () => {
    for (let length = 0; length < good.trimEnd().length; length++) expect(sentence(good.slice(0, length))).toMatch(/^a\.train\.json[: ]/);
  });

  it.each([['byte order mark', `\ufeff${good}`], ['trailing comma', good.replace('"epochs": 3', '"epochs": 3,')], ['Windows line ends', good.replaceAll('\n', '\r\n')]])('%s is allowed', (_, text) =>
    expect(parse(text)).toEqual(parse(good)));
});

describe('--set', () => {
  it.each<[string, unknown, string]>([
    ['optimizer.learningRate', -1, '--set optimizer.learningRate: optimizer.learningRate must be a number of at least 0, found -1'],
    ['optimizer.lr', 1, `--set optimizer.lr: unknown key optimizer.lr, allowed: ${adam}`],
    ['clip.globalNorm', 'x', '--set clip.globalNorm: clip.globalNorm must be a number greater than 0, found "x"'],
    ['model.layers.9', 'relu', '--set model.layers.9: model.layers.9 does not exist: the list has 3 elements'],
    ['epochs.x', 1, '--set epochs.x: epochs.x cannot be set: epochs is 3'],
    ['model.layers.0.dense.units', 0, '--set model.layers.0.dense.units: model.layers.0.dense.units must be an integer of at least 1, found 0'],
  ])('%s=%j', (path, wrong, expected) => expect(sentence(good, [{ path, value: wrong }])).toBe(expected));

  it('names the file for a fault that was there before', () =>
    expect(sentence(good.replace('3\n}', '-3\n}'), [{ path: 'optimizer.learningRate', value: 1 }])).toBe(`${file}:8:13: epochs must be an integer of at least 1, found -3`));

  it('overrides, in order', () => {
    const config = parse(good, [{ path: 'epochs', value: 5 }, { path: 'epochs', value: 6 }, { path: 'clip.globalNorm', value: 1 }, { path: 'model.layers.0.dense.bias', value: false }, { path: 'loss.labelSmoothing', value: 0.1 }]);
    expect(config).toMatchObject({ epochs: 6, clip: { globalNorm: 1 }, loss: { type: 'crossEntropy', labelSmoothing: 0.1 } });
    expect(config.model).toMatchObject({ layers: [{ dense: { units: 32, bias: false } }, 'relu', { dense: 10 }] });
  });
});

describe('the config', () => {
  it('has every default, those of PyTorch', () => {
    expect(parse(changed('optimizer', undefined))).toEqual({
      model: { layers: [{ dense: 32 }, 'relu', { dense: 10 }] },
      data: { train: { csv: 'digits.csv', label: 'target' }, shuffle: true },
      loss: 'crossEntropy',
      optimizer: { type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, amsgrad: false, biasCorrection: true },
      batchSize: 64, epochs: 3, seed: 0, device: 'auto', precision: 'float32',
      diagnose: { level: 'standard', rules: {}, sharpness: 'onFinding', oneBatch: false },
    });
  });

  it('is its own run file: nothing changes when it is parsed again', () => {
    const config = parse(changed('schedule', { type: 'cosine' }));
    expect(parse(JSON.stringify(config))).toEqual(config);
  });

  it('does not depend on the order of the keys', () => {
    const { model, ...rest } = JSON.parse(JSON.stringify(parse(good)));
    expect(JSON.stringify(parse(JSON.stringify({ ...rest, model })))).toBe(JSON.stringify(parse(good)));
  });

  it('has the tree of the text', () => {
    const { tree, text } = parseRunFile(`\ufeff${good}`, file);
    expect(text).toBe(good);
    expect(text.slice(tree.offset, tree.offset + tree.length)).toBe(good.trimEnd());
  });
});
