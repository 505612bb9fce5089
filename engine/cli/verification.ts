/** The commands that train again to judge a change. */
import path from 'node:path';
import type { Command, CommandContext } from './command';
import { exit } from './command';
import { device, deviceHelp, integer, onStderr, onStdout, text } from './options';
import { Progress } from './progress';
import { planText, verificationText } from './text';

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
      remedy: 'which one, from 1 (default)', seeds: 'of the order of the data, a pair of runs each (default 3)', steps: 'of each run (default: enough to see the fault again)',
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
};
