/** The engine's process: carries out what `EngineFunctions` names and reports what happens. */
import { createBirpc } from 'birpc';
import { channel } from './channel';
import { engineFunctions } from './functions';
import type { EngineEvents, EngineFunctions } from './protocol';

const { functions, stop } = engineFunctions({
  event: (event) => void rpc.event.asEvent(event),
  log: (level, message) => void rpc.log.asEvent(level, message),
});
const rpc = createBirpc<EngineEvents, EngineFunctions>(functions, channel(process));

// Ctrl-C in a terminal reaches the whole process group; whoever started the engine decides what it means.
process.on('SIGINT', () => {});
// The window was closed or the terminal went away: end the run where it can be resumed, then go.
process.on('disconnect', () => void stop('the program that started it has ended').finally(() => process.exit(0)));
