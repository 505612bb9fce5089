import * as vscode from 'vscode';
import type { Sessions } from './engine/sessions';
import { isResumable } from './runs/run';
import type { RunStore } from './runs/runStore';
import type { Sweeps } from './search/sweeps';

/** Keeps the context keys that menus and commands are shown and enabled by. */
export function trackContext(store: RunStore, sessions: Sessions, sweeps: Sweeps): vscode.Disposable {
  const known = new Map<string, boolean>();
  const update = () => {
    const runs = store.all();
    const keys = {
      'adamscope.training': sessions.all().length > 0,
      'adamscope.sweeping': sweeps.isRunning(),
      'adamscope.hasRuns': runs.length > 0,
      'adamscope.hasResumable': runs.some(isResumable),
    };
    for (const [key, value] of Object.entries(keys)) {
      if (known.get(key) === value) continue;
      known.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  update();
  return vscode.Disposable.from(
    sessions.onDidChange(update),
    sweeps.onDidChange(update),
    store.onDidChange(({ kind }) => { if (kind !== 'steps' && kind !== 'findings') update(); }),
  );
}
