import * as vscode from 'vscode';
import { isRunFile } from '../editor/runFile';
import { formatNumber, summarize, type Run } from './run';
import type { RunStore } from './runStore';

/** What a command may be called with: a file of the explorer or of a lens, a run of the tree, a run folder of a link. */
export type Target = vscode.Uri | Run | string | undefined;

const isRun = (target: Target): target is Run => typeof target === 'object' && 'folder' in target;

export const activeRunFile = (): vscode.Uri | undefined => {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return isRunFile(uri) ? uri : undefined;
};

/** The run file that a command is called with or over, if any. */
export const namedRunFile = (target: Target): vscode.Uri | undefined =>
  target instanceof vscode.Uri ? target : target === undefined ? activeRunFile() : undefined;

/** The run file a command means: its argument, the active editor, the only one of the workspace, or the user's choice. */
export async function pickRunFile(target: Target): Promise<vscode.Uri | undefined> {
  if (isRun(target)) return target.header.runFile === undefined ? undefined : vscode.Uri.file(target.header.runFile);
  if (target instanceof vscode.Uri && isRunFile(target)) return target;
  const active = activeRunFile();
  if (active) return active;
  const files = await vscode.workspace.findFiles('**/*.train.json', '**/{node_modules,.adamscope}/**', 200);
  if (files.length === 1) return files[0];
  if (files.length === 0) {
    const create = vscode.l10n.t('Create Run File');
    const answer = await vscode.window.showInformationMessage(vscode.l10n.t('There is no run file (*.train.json) in this workspace yet.'), create);
    if (answer === create) await vscode.commands.executeCommand('adamscope.createRunFile');
    return undefined;
  }
  const items = files.sort((a, b) => a.path.localeCompare(b.path)).map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which run file?') }))?.uri;
}

/** The run a command means: its argument, the newest of the active run file, the only one that fits, or the user's choice. */
export async function pickRun(store: RunStore, target: Target, fits: (run: Run) => boolean, nothing: string): Promise<Run | undefined> {
  if (isRun(target)) return target;
  if (typeof target === 'string') return store.get(target);
  const file = target ?? activeRunFile();
  const own = file && store.latestOf(file.fsPath);
  if (own && fits(own)) return own;
  const runs = store.all().filter(fits);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  if (runs.length === 1) return runs[0];
  const items = runs.map((run) => ({ label: run.title, description: startTime(run), detail: outcome(run), run }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which run?'), matchOnDescription: true }))?.run;
}

/** "09:56"; with the day where it was not today. */
export function startTime(run: Run): string {
  const time = new Date(run.header.startedAt);
  const day: Intl.DateTimeFormatOptions = time.toDateString() === new Date().toDateString() ? {} : { month: 'short', day: 'numeric' };
  return time.toLocaleString(vscode.env.language, { ...day, hour: '2-digit', minute: '2-digit', hour12: false });
}

export function outcome(run: Run): string {
  const summary = summarize(run);
  return summary ? `${run.status} · ${vscode.l10n.t('loss {0}', formatNumber(summary.loss))}` : run.status;
}
