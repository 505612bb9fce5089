/** The command that trains a run file with many settings. */
import path from 'node:path';
import { InputError } from '../errors';
import type { MetricName } from '../metrics/names';
import { scoreText, scoreTitle } from '../metrics/text';
import { parseSetArgument } from '../run/edit';
import { writeAtomically } from '../run/file';
import { sweepHtml } from '../report/sweep';
import type { SweepRequest } from '../sweep/open';
import { type PerformEvents, performSweep } from '../sweep/perform';
import { shortKeys, type SweepResult, type SweepTrial, valueText } from '../sweep/table';
import { type Command, type CommandContext, exit } from './command';
import { device, deviceHelp, integer, list, onStderr, onStdout, text } from './options';
import { Progress } from './progress';
import { columns, type Paint, short } from './text';

export const sweepCommands: Record<string, Command> = {
  sweep: {
    positionals: ['FILE'],
    summary: 'train a run file with many settings and compare',
    stoppable: true,
    options: {
      grid: { type: 'string', multiple: true }, random: { type: 'string', multiple: true }, set: { type: 'string', multiple: true }, halving: { type: 'boolean' },
      runs: { type: 'string' }, seed: { type: 'string' }, metric: { type: 'string' }, parallel: { type: 'string' }, cores: { type: 'string' }, memory: { type: 'string' },
      html: { type: 'string' }, out: { type: 'string' }, ...device,
    },
    help: {
      grid: 'values of a key, for instance optimizer.learningRate=1e-4,1e-3; may be repeated', random: 'a distribution, for instance optimizer.learningRate=logUniform(1e-5,1e-1); also uniform, integer',
      set: 'overrides a key in all runs', halving: 'successive halving: all runs begin, the best go on', runs: 'combinations that are drawn (default: all of a grid, 20 at random)', seed: 'of what is drawn (default 0)',
      metric: 'what is compared on the validation set (default: loss)', parallel: 'runs at once (default 1)', cores: 'that all runs together may use (default: all)',
      memory: 'that they may use, for instance 4GB (default: three quarters)', html: 'also write a report with charts', out: 'folder of the new sweep', ...deviceHelp,
    },
    async run(context) {
      const { positionals: [file], options, print } = context;
      const progress = new SweepProgress();
      const out = text(options.out);
      const result = await performSweep({
        file: path.resolve(file), options: sweepOptions(options), out: out === undefined ? undefined : path.resolve(out),
        cores: integer(options, 'cores'), memory: bytes(text(options.memory)), device: text(options.device),
      }, (events) => context.engine(events), progress);
      progress.clear();
      const html = text(options.html);
      if (html !== undefined) writeAtomically(path.resolve(html), sweepHtml(result));
      print(result, [sweepText(result, onStdout), ...(html === undefined ? [] : [`report: ${path.resolve(html)}`])].join('\n'));
      return result.status === 'stopped' ? exit.stopped : result.trials.some(({ status }) => status === 'failed') ? exit.fault : exit.done;
    },
  },
};

/** What stands on the command line in the words of a sweep file. */
function sweepOptions(options: CommandContext['options']): SweepRequest['options'] {
  const grid = list(options.grid).map((argument) => assignment('--grid', argument, values));
  const random = list(options.random).map((argument) => assignment('--random', argument, distribution));
  const set = list(options.set).map(parseSetArgument);
  const parallel = integer(options, 'parallel');
  const [runs, seed] = [integer(options, 'runs'), text(options.seed)];
  if (seed !== undefined && !/^\d+$/.test(seed)) throw new InputError(`--seed is "${seed}"; allowed is a whole number from 0`);
  const searched = options.halving === true || runs !== undefined || random.length > 0;
  const drawn = { ...((runs ?? (random.length > 0 ? 20 : undefined)) !== undefined && { runs: runs ?? 20 }), ...(seed !== undefined && { seed: Number(seed) }) };
  return {
    ...(grid.length + random.length > 0 && { parameters: Object.fromEntries([...grid, ...random]) as never }),
    ...(set.length > 0 && { set: Object.fromEntries(set.map(({ path: key, value }) => [key, value])) }),
    ...(searched && { search: (options.halving === true ? { type: 'successiveHalving', seed: 0, minEpochs: 1, reduction: 3, ...drawn } : { type: 'random', seed: 0, ...drawn }) as never }),
    ...(text(options.metric) !== undefined && { metric: text(options.metric) as never }),
    ...(parallel !== undefined && { parallel }),
  };
}

function assignment<T>(option: string, argument: string, read: (written: string, path: string) => T): [string, T] {
  const equals = argument.indexOf('=');
  if (equals < 1) throw new InputError(`must be KEY=${option === '--grid' ? 'VALUE,VALUE' : 'logUniform(1e-5,1e-1)'}, found ${JSON.stringify(argument)}`, { file: option });
  return [argument.slice(0, equals).trim(), read(argument.slice(equals + 1).trim(), argument.slice(0, equals).trim())];
}

/** "1e-4,1e-3", "sgd,adam" or JSON values with commas between them. */
function values(written: string): unknown[] {
  try {
    return JSON.parse(`[${written}]`) as unknown[];
  } catch {
    return written.split(',').map((part) => parseSetArgument(`x=${part}`).value);
  }
}

function distribution(written: string, path: string): object {
  const [, type, inner] = /^(uniform|logUniform|integer|choice)\((.*)\)$/.exec(written) ?? [];
  const [min, max, ...rest] = (inner ?? '').split(',').map(Number);
  if (type === 'choice') return { type, values: values(inner) };
  if (type === undefined || !Number.isFinite(min) || !Number.isFinite(max) || rest.length > 0) {
    throw new InputError(`must be uniform(MIN,MAX), logUniform(MIN,MAX), integer(MIN,MAX) or choice(A,B), found ${JSON.stringify(written)}`, { file: `--random ${path}` });
  }
  return { type, min, max };
}

const units: Record<string, number> = { '': 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

function bytes(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const [, number, unit] = /^([\d.]+)\s*(KB|MB|GB|)$/i.exec(written) ?? [];
  if (!(Number(number) > 0)) throw new InputError(`--memory is "${written}"; allowed is a size such as 512MB or 4GB`);
  return Number(number) * units[unit.toUpperCase()];
}

/** A line for every run that ended, and how many there are left. */
class SweepProgress implements PerformEvents {
  private readonly bar = new Progress(process.stderr, onStderr);
  private readonly told = new Map<number, number>();
  private begun = false;

  table(result: SweepResult): void {
    const ended = result.trials.filter(({ epochs, status }) => status !== 'training' && (epochs > 0 || status === 'diverged')).sort((a, b) => a.number - b.number);
    if (!this.begun) this.line(`${result.trials.length} runs in ${result.sweep}`);
    this.begun = true;
    for (const trial of ended) {
      if (this.told.get(trial.number) === trial.epochs) continue;
      this.told.set(trial.number, trial.epochs);
      this.line(`run ${trial.number} of ${result.trials.length}: ${result.parameters.map((key, i) => `${shortKeys(result.parameters)[i]} ${valueText(trial.parameters[key])}`).join(', ')}: ${outcome(trial, result)}`);
    }
    const done = result.trials.filter(({ status }) => status === 'finished' || status === 'diverged').length;
    if (process.stderr.isTTY) this.bar.event({ type: 'progress', run: '', done, total: result.trials.length, message: 'runs' });
  }

  failed(number: number, message: string): void {
    this.line(onStderr('error', `run ${number} failed: ${message}`));
  }

  clear(): void {
    this.bar.clear();
  }

  private line(words: string): void {
    this.bar.clear();
    process.stderr.write(`${words}\n`);
  }
}

const outcome = ({ status, epochs, score }: SweepTrial, { metric }: SweepResult): string =>
  (status === 'diverged' ? 'diverged' : `${score === undefined ? 'no value' : `${scoreTitle(metric)} ${scoreText(metric, score)}`} after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`);

/** The table, best first. */
export function sweepText(result: SweepResult, colour: Paint): string {
  const { trials, metric, parameters, status, sweep } = result;
  const names = [...new Set(trials.flatMap(({ validation }) => Object.keys(validation ?? {})))].filter((name) => name !== metric) as ('loss' | MetricName)[];
  const validated = trials.some(({ validation }) => validation);
  const table = columns([
    ['run', ...shortKeys(parameters), 'status', 'epochs', scoreTitle(metric), ...names.map(scoreTitle), ...(validated ? ['train loss'] : [])],
    ...trials.map((trial) => [
      String(trial.number), ...parameters.map((key) => valueText(trial.parameters[key])), trial.status, trial.epochs === 0 ? '' : String(trial.epochs),
      trial.score === undefined ? '' : scoreText(metric, trial.score), ...names.map((name) => (trial.validation?.[name] === undefined ? '' : scoreText(name, trial.validation[name]))),
      ...(validated ? [trial.train ? short(trial.train.loss) : ''] : []),
    ]),
  ]);
  const [best] = trials;
  return [
    colour('dim', table[0]), ...table.slice(1).map((line, i) => (i === 0 && best.score !== undefined ? colour('bold', line) : line)),
    '',
    status === 'stopped' ? `stopped; "adamscope sweep ${sweep}" goes on` : best.score === undefined ? 'no run has a value to compare by' : `best: run ${best.number}, ${best.run}`,
  ].join('\n');
}
