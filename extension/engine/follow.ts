import * as vscode from 'vscode';
import type { EngineFunctions, RunEvent } from '../../engine/host/protocol';
import type { Sessions } from './sessions';

/** Asks an engine of its own for something long: a notification shows how far it is, its Cancel stops the engine in good order. */
export function follow<T>(sessions: Sessions, title: string, ask: (engine: EngineFunctions) => Promise<T>, hear: (event: RunEvent) => void = () => {}): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
    let shown = 0;
    const told = (event: RunEvent): void => {
      hear(event);
      const at = progressOf(event);
      if (!at) return;
      const share = (100 * at.done) / at.total;
      progress.report({ increment: share - shown, message: at.message });
      shown = share;
    };
    return sessions.once((engine) => {
      token.onCancellationRequested(() => void engine.stop().catch(() => {}));
      return ask(engine);
    }, told);
  });
}

function progressOf(event: RunEvent): { done: number; total: number; message: string } | undefined {
  if (event.type === 'progress') return event;
  if (event.type !== 'sweep') return undefined;
  const { trials } = event.result;
  const done = trials.filter(({ status }) => status === 'finished' || status === 'diverged' || status === 'failed').length;
  return { done, total: trials.length, message: vscode.l10n.t('{0} of {1} runs', done, trials.length) };
}
