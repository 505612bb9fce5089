import path from 'node:path';
import { InputError } from '../errors';
import type { RunResult } from '../host/protocol';
import { parseSetArgument } from '../run/edit';
import { type Command, type CommandContext, exit } from './command';
import { dataText } from './dataText';
import { device, deviceHelp, integer, list, onStderr, onStdout, required, text, threads, threadsHelp } from './options';
import { evaluationHtml } from '../report/evaluation';
import { writeAtomically } from '../run/file';
import { evaluationText } from './evaluation';
import { Progress } from './progress';
import { findingsText, resultText, scores, short } from './text';
import { compareCommand } from './compare';
import { sweepCommands } from './sweep';
import { verificationCommands } from './verification';

/** One of the two checkpoints. */
function checkpoint(options: CommandContext['options']): 'best' | 'last' | undefined {
  const value = text(options.checkpoint);
  if (value !== undefined && value !== 'best' && value !== 'last') throw new InputError(`--checkpoint is "${value}"; allowed are best or last`);
  return value;
}

const exitCodes: Record<RunResult['status'], number> = { finished: exit.done, diverged: exit.diverged, stopped: exit.stopped };

/** Trains while showing progress; prints the result. */
async function follow(context: CommandContext, start: (engine: ReturnType<CommandContext['engine']>) => Promise<RunResult>): Promise<number> {
  const progress = new Progress(process.stderr, onStderr);
  const engine = context.engine({ event: (event) => progress.event(event) });
  const result = await start(engine);
  context.print(result, resultText(result, onStdout));
  return result.status === 'stopped' && !result.reason.includes('user') ? exit.done : exitCodes[result.status];
}

export const commands: Record<string, Command> = {
  train: {
    positionals: ['RUNFILE'],
    summary: 'train the model of a run file',
    stoppable: true,
    options: { set: { type: 'string', multiple: true }, out: { type: 'string' }, ...device, ...threads },
    help: { set: 'overrides a key, for instance optimizer.learningRate=3e-4; may be repeated', out: 'folder of the new run', ...deviceHelp, ...threadsHelp },
    run: (context) =>
      follow(context, ({ functions }) =>
        functions.train({
          runFile: path.resolve(context.positionals[0]),
          set: list(context.options.set).map(parseSetArgument),
          out: context.options.out ? path.resolve(text(context.options.out)!) : undefined,
          device: text(context.options.device),
          threads: integer(context.options, 'threads'),
        })),
  },
  data: {
    positionals: ['RUNFILE'],
    summary: 'show the data of a run file: parts, columns, classes, a few samples, what is wrong',
    options: { set: { type: 'string', multiple: true } },
    help: { set: 'overrides a key, for instance data.validation=0.1; may be repeated' },
    async run({ positionals: [runFile], options, engine, print }) {
      const preview = await engine().functions.previewData({ runFile: path.resolve(runFile), set: list(options.set).map(parseSetArgument) });
      print(preview, dataText(preview, onStdout));
      return exit.done;
    },
  },
  resume: {
    positionals: ['RUN'],
    summary: 'go on with a run from its last checkpoint',
    stoppable: true,
    options: { epochs: { type: 'string' }, ...device, ...threads },
    help: { epochs: 'new total number of epochs', ...deviceHelp, ...threadsHelp },
    run: (context) =>
      follow(context, ({ functions }) =>
        functions.resume({ run: path.resolve(context.positionals[0]), epochs: integer(context.options, 'epochs'), device: text(context.options.device), threads: integer(context.options, 'threads') })),
  },
  evaluate: {
    positionals: ['RUN'],
    summary: 'measure a trained run on its validation data, or its test data where the run file names some',
    options: { checkpoint: { type: 'string' }, report: { type: 'boolean' }, html: { type: 'string' }, ...device },
    help: { checkpoint: 'best (default) or last', report: 'also classes, confusion matrix, curves and the worst samples', html: 'write that report as one file that any browser shows', ...deviceHelp },
    async run({ positionals: [run], options, engine, print }) {
      const html = text(options.html) === undefined ? undefined : path.resolve(text(options.html)!);
      const wanted = options.report === true || html !== undefined;
      const { report, ...result } = await engine().functions.evaluate({ run: path.resolve(run), checkpoint: checkpoint(options), device: text(options.device), report: wanted });
      if (html !== undefined) writeAtomically(html, evaluationHtml(report!));
      const line = `${scores(result)} on ${result.samples} samples (${result.checkpoint} checkpoint)`;
      print(options.report ? { ...result, report } : result, [line, ...(options.report ? [evaluationText(report!, onStdout)] : []), ...(html === undefined ? [] : [`report: ${html}`])].join('\n'));
      return exit.done;
    },
  },
  export: {
    positionals: ['RUN', 'MODEL.onnx'],
    summary: 'write the trained model as ONNX',
    options: { checkpoint: { type: 'string' } },
    help: { checkpoint: 'best (default) or last' },
    async run({ positionals: [run, out], options, engine, print }) {
      const result = await engine().functions.export({ run: path.resolve(run), out: path.resolve(out), checkpoint: checkpoint(options) });
      print(result, `${result.file}: ${result.bytes.toLocaleString('en')} bytes`);
      return exit.done;
    },
  },
  diagnose: {
    positionals: ['RUN'],
    summary: 'name the faults of a run from its record',
    options: { html: { type: 'string' }, markdown: { type: 'string' }, sharpness: { type: 'boolean' }, ...device },
    help: {
      html: 'also write a report with charts, one file that any browser shows', markdown: 'also write a short report for a pull request',
      sharpness: 'first measure the sharpness at the last checkpoint', ...deviceHelp,
    },
    async run({ positionals: [run], options, engine, print }) {
      const [html, markdown] = [text(options.html), text(options.markdown)].map((file) => (file === undefined ? undefined : path.resolve(file)));
      const result = await engine().functions.diagnose({ run: path.resolve(run), sharpness: options.sharpness === true, device: text(options.device), html, markdown });
      print(result, [findingsText(result.findings, onStdout), ...[html, markdown].flatMap((file) => (file === undefined ? [] : [`report: ${file}`]))].join('\n'));
      return exit.done;
    },
  },
  ...verificationCommands,
  ...sweepCommands,
  compare: compareCommand,
  devices: {
    positionals: [],
    summary: 'list where training can run on this machine',
    stoppable: true,
    options: { install: { type: 'string' } },
    help: { install: 'cuda: first download what onnxruntime needs for NVIDIA GPUs (about 0.3 GB; Linux x64)' },
    async run({ engine, print, options }) {
      const install = text(options.install);
      if (install !== undefined && install !== 'cuda') throw new InputError(`--install is "${install}"; allowed is cuda`);
      if (install !== undefined) {
        const progress = new Progress(process.stderr, onStderr);
        if (!await engine({ event: (event) => progress.event(event) }).functions.installCuda({})) return exit.stopped;
      }
      const devices = await engine().functions.devices();
      print(devices, devices.map(({ id, available, description }) => `${available ? '✔' : '✖'} ${id.padEnd(8)} ${description}`).join('\n'));
      return exit.done;
    },
  },
  gradients: {
    positionals: ['MODEL.onnx'],
    summary: 'the loss and the gradient of every parameter on one batch',
    options: { inputs: { type: 'string', multiple: true }, labels: { type: 'string' }, loss: { type: 'string' }, out: { type: 'string' }, ...device },
    help: { inputs: '.npy files in the order of the model\'s inputs', labels: '.npy file', loss: 'crossEntropy, mse, l1, huber or bceWithLogits', out: 'safetensors file for the gradients', ...deviceHelp },
    async run(context) {
      const { functions } = context.engine();
      const result = await functions.gradients(batchRequest(context));
      context.print(result, `loss ${short(result.loss)}`);
      return exit.done;
    },
  },
  step: {
    positionals: ['MODEL.onnx'],
    summary: 'the parameters after some optimizer steps on one batch',
    options: {
      inputs: { type: 'string', multiple: true }, labels: { type: 'string' }, loss: { type: 'string' }, optimizer: { type: 'string' }, steps: { type: 'string' }, out: { type: 'string' }, ...device,
    },
    help: {
      inputs: '.npy files in the order of the model\'s inputs', labels: '.npy file', loss: 'crossEntropy, mse, l1, huber or bceWithLogits',
      optimizer: 'as in a run file: \'{"type": "adam", "learningRate": 1e-3}\'', steps: 'number of steps (default 1)', out: 'safetensors file for the parameters', ...deviceHelp,
    },
    async run(context) {
      const { options, engine, print } = context;
      const request = { ...batchRequest(context), optimizer: json(required(options, 'optimizer'), '--optimizer'), steps: integer(options, 'steps') ?? 1 };
      const result = await engine().functions.step(request);
      print(result, `losses ${result.losses.map(short).join(', ')}`);
      return exit.done;
    },
  },
};

function batchRequest({ positionals: [model], options }: CommandContext) {
  const inputs = list(options.inputs);
  if (inputs.length === 0) throw new InputError('--inputs is missing');
  return { model, inputs, labels: required(options, 'labels'), loss: required(options, 'loss'), out: required(options, 'out'), device: text(options.device) };
}

function json(value: string, place: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new InputError(`${place} is not JSON: ${value}`);
  }
}

