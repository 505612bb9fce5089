import * as vscode from 'vscode';
import type { Sessions } from './engine/sessions';
import { isResumable } from './runs/run';
import type { RunStore } from './runs/runStore';

/** Keeps the context keys that menus and commands are shown and enabled by. */
export function trackContext(store: RunStore, sessions: Sessions): vscode.Disposable {
  const known = new Map<string, boolean>();
  const update = () => {
    const runs = store.all();
    const keys = {
      'adamscope.training': sessions.all().length > 0,
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
    store.onDidChange(({ kind }) => { if (kind !== 'steps' && kind !== 'findings') update(); }),
  );
}
