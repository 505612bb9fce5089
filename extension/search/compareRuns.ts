import * as vscode from 'vscode';
import { compareRuns, comparisonHtml, type Over } from '../../engine/report/comparison';
import { readResult, readRun } from '../../engine/run/folder';
import { commandLink, showPage } from '../page';
import { outcome, startTime } from '../runs/pick';
import type { Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';

/** Shows runs beside each other as they are on disk: settings, results, curves. */
export function showComparison(runs: readonly Run[], over: Over = 'steps'): void {
  if (runs.length < 2) throw new Error(vscode.l10n.t('Two runs or more can be compared.'));
  const folders = runs.map(({ folder }) => folder);
  const comparison = compareRuns(runs.map(({ folder, title }) => {
    const record = readRun(folder);
    // What the user calls it.
    return { run: folder, record: { ...record, header: { ...record.header, name: title } }, result: readResult(folder) };
  }), over);
  const choices: [Over, string][] = [['steps', vscode.l10n.t('By step')], ['time', vscode.l10n.t('By time')], ['samples', vscode.l10n.t('By samples')]];
  const links = choices.map(([each, text]) => (each === over ? { text } : commandLink(text, 'adamscope.compareRuns', JSON.stringify(folders), each)));
  showPage('adamscope.comparison', folders.toSorted().join(), vscode.l10n.t('{0} Runs', runs.length), comparisonHtml(comparison, 'editor', links));
}

/** The user's choice of runs; undefined where there is none. */
export async function pickRuns(store: RunStore): Promise<Run[] | undefined> {
  const items = store.all().map((run) => ({ label: run.title, description: startTime(run), detail: outcome(run), run }));
  if (items.length < 2) throw new Error(vscode.l10n.t('There are fewer than two runs in this workspace.'));
  return (await vscode.window.showQuickPick(items, { canPickMany: true, placeHolder: vscode.l10n.t('Compare which runs?'), matchOnDescription: true }))?.map(({ run }) => run);
}
