import { parseArgs, type ParseArgsConfig } from 'node:util';
import { InputError, oneOf } from '../errors';
import type { EngineClient } from '../host/client';
import type { EngineEvents } from '../host/protocol';

/** Exit codes. */
export const exit = { done: 0, fault: 1, input: 2, diverged: 3, stopped: 130 } as const;

export interface CommandContext {
  positionals: string[];
  options: Record<string, string | boolean | string[] | undefined>;
  /** Starts the engine; the first Ctrl-C stops its run, the second ends it (the first, where the command is not stoppable). */
  engine(events?: Partial<EngineEvents>): EngineClient;
  /** Prints to stdout: the JSON document with --json, the text otherwise. */
  print(json: unknown, text: string): void;
}

export interface Command {
  /** Names of the positional arguments; one ending in "?" may be left out, the last one ending in "..." stands for one or more. */
  positionals: string[];
  summary: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** What each option does, for --help. */
  help: Record<string, string>;
  /** The first Ctrl-C ends it in good order, as a training run that can be resumed. */
  stoppable?: boolean;
  run(context: CommandContext): Promise<number>;
}

export const usage = (name: string, { positionals, options }: Command): string =>
  ['adamscope', name, ...positionals.map((p) => (p.endsWith('?') ? `[${p.slice(0, -1)}]` : p)), ...Object.entries(options).map(([key, { type }]) => `[--${key}${type === 'string' ? ` ${key.toUpperCase()}` : ''}]`)].join(' ');

/** Throws InputError with the command's usage. */
export function parseCommand(name: string, command: Command, args: string[]): Pick<CommandContext, 'positionals' | 'options'> {
  try {
    const { values, positionals } = parseArgs({ args, options: { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    const needed = command.positionals.filter((p) => !p.endsWith('?'));
    if (!values.help && (positionals.length < needed.length || (positionals.length > command.positionals.length && !command.positionals.at(-1)?.endsWith('...')))) {
      throw new Error(positionals.length < needed.length ? `${needed[positionals.length].replace('...', '')} is missing` : `"${positionals[command.positionals.length]}" is one argument too many`);
    }
    return { positionals, options: values as CommandContext['options'] };
  } catch (error) {
    // Node's own texts go on with hints about "--" after the first sentence.
    throw new InputError(`${name}: ${(error as Error).message.split('. ')[0]}; usage: ${usage(name, command)}`);
  }
}

export function findCommand(commands: Record<string, Command>, name: string): Command {
  if (!Object.hasOwn(commands, name)) throw new InputError(`"${name}" is no command; allowed are ${oneOf(Object.keys(commands))}`);
  return commands[name];
}
