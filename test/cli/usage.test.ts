import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../engine/cli/commands';
import { root } from '../shared';
import { temporaryFolder, writeRunFile } from '../training/run';
import { adamscope, sample } from './run';

describe('help', () => {
  it.each([[['--help']], [['-h']], [['help']], [[]]])('%j lists every command', async (args) => {
    const ended = await adamscope(args);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    for (const [name, { summary }] of Object.entries(commands)) expect(ended.stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });

  it.each(Object.keys(commands))('%s --help explains every option', async (name) => {
    const ended = await adamscope([name, '--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(`adamscope ${name}`);
    for (const option of [...Object.keys(commands[name].options), 'json']) expect(ended.stdout).toMatch(new RegExp(`^  --${option} +\\S`, 'm'));
  });

  it('--version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await adamscope(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe("a user's mistake is one sentence on stderr and exit code 2", () => {
  const folder = temporaryFolder();
  const usage = 'usage: adamscope train RUNFILE [--set SET] [--out OUT] [--device DEVICE]';
  const linear = sample('linear');
  const digits = sample('digits');
  const wrong = writeRunFile({ model: 1 });

  it.each<[string, string[], string]>([
    ['an unknown command', ['trian'], `"trian" is no command; allowed are ${Object.keys(commands).slice(0, -1).join(', ')} or ${Object.keys(commands).at(-1)}`],
    ['a name that every object has', ['constructor'], '"constructor" is no command; allowed are'],
    ['an unknown option', ['train', linear, '--sett', 'x'], `train: Unknown option '--sett'; ${usage}`],
    ['an option without its value', ['train', linear, '--out'], `train: Option '--out <value>' argument missing; ${usage}`],
    ['no run file', ['train'], `train: RUNFILE is missing; ${usage}`],
    ['two run files', ['train', 'a', 'b'], `train: "b" is one argument too many; ${usage}`],
    ['a run file that is not there', ['train', path.join(folder, 'none.train.json')], `${path.join(folder, 'none.train.json')}: the file does not exist`],
    ['a folder for a run file', ['train', folder], `${folder}: the file cannot be read (EISDIR)`],
    ['a setting without a value', ['train', linear, '--set', 'epochs'], '--set: must be KEY=VALUE such as optimizer.learningRate=3e-4, found "epochs"'],
    ['a setting of an unknown key', ['train', linear, '--set', 'optimizer.lr=1'], '--set optimizer.lr: unknown key optimizer.lr, allowed: type, learningRate, beta1, beta2, epsilon, weightDecay, amsgrad or biasCorrection'],
    ['a setting in an unknown object', ['train', linear, '--set', 'a.b=1'], '--set a.b: unknown key a, allowed: $schema, name, model'],
    ['a setting out of range', ['train', linear, '--set', 'epochs=0'], '--set epochs: epochs must be an integer of at least 1, found 0'],
    ['a setting that does not fit the data', ['train', digits, '--set', 'model.layers.0={"embedding": {"numEmbeddings": 3, "embeddingDim": 2}}'], '--set model.layers.0: model.layers.0: embedding1 needs whole numbers'],
    ['a device that there is not', ['train', linear, '--device', 'tpu'], 'device is "tpu"; allowed are auto, cpu, webgpu, cuda, dml or coreml'],
    ['an output folder that is not empty', ['train', linear, '--out', path.dirname(linear)], `${path.dirname(linear)}: the folder for the run must be new or empty`],
    ['an output folder that is a file', ['train', linear, '--out', linear], `${linear}: the folder for the run cannot be made (ENOTDIR)`],
    ['an output folder in a file', ['train', linear, '--out', path.join(linear, 'run')], `${path.join(linear, 'run')}: the folder for the run cannot be made (ENOTDIR)`],
    ['no run', ['evaluate', folder], `${folder}: the folder is not a run: it has no run.json`],
    ['an unknown checkpoint', ['evaluate', folder, '--checkpoint', 'worst'], '--checkpoint is "worst"; allowed are best or last'],
    ['no number of epochs', ['resume', folder, '--epochs', '1e3'], '--epochs is "1e3"; allowed is a whole number from 1'],
    ['a run file with a wrong value', ['train', wrong], `${wrong}:2:12: model must be an object with "layers" or "onnx", found 1`],
  ])('%s', async (_, args, message) => {
    const ended = await adamscope(args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.startsWith(message), ended.stderr).toBe(true);
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  });

  it('with --json too', async () => {
    expect(await adamscope(['evaluate', folder, '--json'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^\S+: the folder is not a run/) });
  });
});
