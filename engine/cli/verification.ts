/** The commands that train again to judge a change. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors';
import { suggestionHtml } from '../report/suggestion';
import { parseSetArgument } from '../run/edit';
import { writeAtomically } from '../run/file';
import { writeRepaired } from '../run/repaired';
import { type Command, type CommandContext, exit } from './command';
import { device, deviceHelp, integer, list, onStderr, onStdout, text } from './options';
import { Progress } from './progress';
import { fixText, planText, suggestionText, verificationText } from './verificationText';

/** Shows how far it is; ends the line before anything is printed. */
function watched(context: CommandContext): ReturnType<CommandContext['engine']> & { clear(): void } {
  const progress = new Progress(process.stderr, onStderr);
  return { ...context.engine({ event: (event) => progress.event(event) }), clear: () => progress.clear() };
}

const bounds = { steps: { type: 'string' as const }, seconds: { type: 'string' as const } };

export const verificationCommands: Record<string, Command> = {
  verify: {
    positionals: ['RUN', 'FINDING'],
    summary: 'run with and without one remedy and compare',
    stoppable: true,
    options: { remedy: { type: 'string' }, seeds: { type: 'string' }, ...bounds, ...device },
    help: {
      remedy: 'which one, from 1 (default)', seeds: 'of the order of the data, a pair of runs each (default 5)', steps: 'of each run (default: enough to see the fault again)',
      seconds: 'that all runs together may take', ...deviceHelp,
    },
    async run(context) {
      const { positionals: [run, finding], options, print } = context;
      const request = {
        run: path.resolve(run), finding, remedy: integer(options, 'remedy'), seeds: integer(options, 'seeds'), steps: integer(options, 'steps'), seconds: integer(options, 'seconds'), device: text(options.device),
      };
      const engine = watched(context);
      process.stderr.write(`${planText(await engine.functions.planVerification(request))}\n`);
      const result = await engine.functions.verify(request);
      engine.clear();
      print(result, verificationText(result.remedy, onStdout));
      return result.status === 'stopped' ? exit.stopped : exit.done;
    },
  },
  fix: {
    positionals: ['RUN'],
    summary: 'try the remedies of a run, keep what helps, and write a new run file',
    stoppable: true,
    options: { out: { type: 'string' }, seeds: { type: 'string' }, ...bounds, ...device },
    help: {
      out: 'the new run file (default: beside the old one); never one that exists', seeds: 'that each change is verified with (default 5)',
      steps: 'that all runs together may make (default: 24 times those of the run)', seconds: 'that they may take', ...deviceHelp,
    },
    async run(context) {
      const { positionals: [folder], options, print } = context;
      const run = path.resolve(folder);
      const out = text(options.out) === undefined ? undefined : path.resolve(text(options.out)!);
      if (out !== undefined && existsSync(out)) throw new InputError('the file exists; the new run file replaces none', { file: out });
      const engine = watched(context);
      const result = await engine.functions.fix({ run, seeds: integer(options, 'seeds'), steps: integer(options, 'steps'), seconds: integer(options, 'seconds'), device: text(options.device) });
      engine.clear();
      const file = result.changes.length > 0 ? writeRepaired(run, result.text, out) : undefined;
      print({ ...result, ...(file !== undefined && { file }) }, fixText(result, file, onStdout));
      return result.status === 'stopped' ? exit.stopped : exit.done;
    },
  },
  'suggest-lr': {
    positionals: ['RUNFILE'],
    summary: 'propose a learning rate from a range test, before training',
    stoppable: true,
    options: { set: { type: 'string', multiple: true }, html: { type: 'string' }, ...device },
    help: { set: 'overrides a key, for instance optimizer.type=sgd; may be repeated', html: 'also write the curve as one file that any browser shows', ...deviceHelp },
    async run(context) {
      const { positionals: [file], options, print } = context;
      const runFile = path.resolve(file);
      const html = text(options.html) === undefined ? undefined : path.resolve(text(options.html)!);
      const engine = watched(context);
      const suggestion = await engine.functions.suggestLearningRate({ runFile, set: list(options.set).map(parseSetArgument), device: text(options.device) });
      engine.clear();
      if (!suggestion) return exit.stopped;
      if (html !== undefined) writeAtomically(html, suggestionHtml(suggestion, path.basename(runFile)));
      print(suggestion, [suggestionText(suggestion, onStdout), ...(html === undefined ? [] : [`report: ${html}`])].join('\n'));
      return exit.done;
    },
  },
};
