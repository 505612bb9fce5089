import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunStore } from './runStore';

/** Finds the runs on disk, and those that the command line makes, ends or deletes while the window is open. */
export function watchStoredRuns(store: RunStore, log: vscode.LogOutputChannel): vscode.Disposable & { ready: () => Promise<void>; rescan: () => Promise<void> } {
  const scan = async () => {
    const { findStoredRuns } = await import('./storedRuns');
    const files = await vscode.workspace.findFiles('**/*.train.json', '**/{node_modules,.adamscope}/**', 200);
    const directories = [...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath), ...files.map((uri) => path.dirname(uri.fsPath))];
    store.addStored(await findStoredRuns(directories, (problem) => log.warn(problem)));
    for (const run of store.all()) if (!existsSync(run.folder)) store.remove(run);
  };
  let scanning: Promise<void> | undefined;
  const rescan = () => (scanning = scan().catch((error: Error) => log.error(error)));
  const ready = () => scanning ?? rescan();
  void ready();
  const headers = vscode.workspace.createFileSystemWatcher('**/.adamscope/runs/*/run.json', false, true, false);
  const results = vscode.workspace.createFileSystemWatcher('**/.adamscope/runs/*/result.json', false, false, true);
  const disposables = vscode.Disposable.from(
    headers,
    results,
    headers.onDidCreate(rescan),
    results.onDidCreate(rescan),
    results.onDidChange(rescan),
    headers.onDidDelete((uri) => {
      const run = store.get(path.dirname(uri.fsPath));
      if (run) store.remove(run);
    }),
  );
  return { ready, rescan, dispose: () => disposables.dispose() };
}
