/** Options that several commands have, and how they are read. */
import { InputError } from '../errors';
import type { CommandContext } from './command';
import { paint } from './text';

const colours = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && !process.env.NO_COLOR;
export const onStdout = paint(colours(process.stdout));
export const onStderr = paint(colours(process.stderr));

export const device = { device: { type: 'string' as const } };
export const deviceHelp = { device: 'where to compute: auto, cpu, webgpu, ... (see "adamscope devices")' };

export const threads = { threads: { type: 'string' as const } };
export const threadsHelp = { threads: 'cores to use instead of those that the run file allows' };

export const text = (value: unknown): string | undefined => value as string | undefined;
export const list = (value: unknown): string[] => (value as string[] | undefined) ?? [];

/** A whole number of an option. */
export function integer(options: CommandContext['options'], key: string): number | undefined {
  const value = text(options[key]);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(value)) throw new InputError(`--${key} is "${value}"; allowed is a whole number from 1`);
  return Number(value);
}

export function required(options: CommandContext['options'], key: string): string {
  const value = text(options[key]);
  if (value === undefined) throw new InputError(`--${key} is missing`);
  return value;
}
