import path from 'node:path';
import { InputError } from '../errors';
import { type EngineClient, startEngine } from '../host/client';
import { type Command, exit, findCommand, parseCommand, usage } from './command';
import { commands } from './commands';

declare const __VERSION__: string;

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version') return say(__VERSION__);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return say(overview());
  const command = findCommand(commands, name);
  // `adamscope gradients MODEL --inputs x.npy more.npy`: a list goes on until the next option.
  const { positionals, options } = parseCommand(name, command, spreadLists(command, args));
  if (options.help) return say(commandHelp(name, command));
  const engines: EngineClient[] = [];
  let interrupts = 0;
  process.on('SIGINT', () => {
    if (++interrupts === 1 && command.stoppable) engines.forEach(stop);
    else process.exit(exit.stopped);
  });
  try {
    return await command.run({
      positionals,
      options,
      engine(events = {}) {
        const log = (level: string, message: string): void => void (level === 'debug' || level === 'info' || process.stderr.write(`${message}\n`));
        const engine = startEngine({ script: path.join(__dirname, 'engine.js'), events: { event: () => {}, log, ...events } });
        engines.push(engine);
        if (interrupts > 0) stop(engine);
        return engine;
      },
      print: (json, text) => process.stdout.write(options.json ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`),
    });
  } catch (error) {
    // Ctrl-C reaches the whole process group: an engine that has not started yet ends at once.
    if (interrupts > 0 && !(error instanceof InputError)) return exit.stopped;
    throw error;
  } finally {
    await Promise.all(engines.map((engine) => engine.dispose()));
  }
}

const stop = ({ functions }: EngineClient): void => void functions.stop().catch(() => {});

const say = (text: string): number => {
  process.stdout.write(`${text}\n`);
  return exit.done;
};

const overview = (): string =>
  ['adamscope: train neural networks and explain what the optimizer is doing', '', ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`), '', 'adamscope COMMAND --help says more; --json prints one JSON document.'].join('\n');

const commandHelp = (name: string, command: Command): string =>
  [`${command.summary}`, '', usage(name, command), '', ...Object.entries(command.help).map(([key, text]) => `  --${key.padEnd(12)} ${text}`), `  --${'json'.padEnd(12)} print one JSON document`].join('\n');

/** Repeats the name of a list option before each of its values, as parseArgs wants it. */
function spreadLists(command: Command, args: string[]): string[] {
  let current: string | undefined;
  let values = 0;
  return args.flatMap((arg) => {
    if (arg.startsWith('--')) {
      current = command.options[arg.slice(2)]?.multiple ? arg : undefined;
      values = 0;
      return [arg];
    }
    return current === '--inputs' && values++ > 0 ? [current, arg] : [arg];
  });
}

// Whoever reads the output may go away before it ends ("| head"): the run goes on, and its exit code tells how it went.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const mistake = error instanceof InputError;
    process.stderr.write(`${mistake ? error.message : (error as Error).stack ?? String(error)}\n`);
    process.exitCode = mistake ? exit.input : exit.fault;
  },
);
