/** What both ends of the engine's process agree on: how a call crosses the IPC channel. */
import type { ChildProcess } from 'node:child_process';
import { InputError } from '../errors';

interface WireError {
  name: string;
  message: string;
  stack?: string;
}

type Endpoint = Pick<ChildProcess, 'on' | 'off' | 'send' | 'connected'> | NodeJS.Process;

/** birpc options for one end. Errors cross as data: structured clone would forget that an InputError is one. */
export const channel = (endpoint: Endpoint) => ({
  post: (message: unknown) => void (endpoint.connected && endpoint.send!(message as object, undefined, undefined, () => {})),
  on: (listener: (message: unknown) => void) => void endpoint.on('message', listener),
  off: (listener: (message: unknown) => void) => void endpoint.off('message', listener),
  serialize: (message: { e?: unknown }) => (message.e === undefined ? message : { ...message, e: toWire(message.e) }),
  deserialize: (message: { e?: WireError }) => (message.e === undefined ? message : { ...message, e: fromWire(message.e) }),
  // A training run may take days.
  timeout: -1,
});

const toWire = (error: unknown): WireError =>
  error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : { name: 'Error', message: String(error) };

function fromWire({ name, message, stack }: WireError): Error {
  if (name === 'InputError') return new InputError(message);
  return Object.assign(new Error(message), { stack });
}
