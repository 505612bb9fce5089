import * as vscode from 'vscode';
import { evaluationHtml } from '../../engine/report/evaluation';
import type { Sessions } from '../engine/sessions';
import type { Run } from '../runs/run';
import { requireTrust } from '../trust';

/** A page for every run, filled again by the command. */
const pages = new Map<string, vscode.WebviewPanel>();

/** Shows what the trained model does on its validation data: scores, classes, confusion, the worst samples. */
export async function evaluateRun({ folder, title }: Run, sessions: Sessions): Promise<void> {
  if (!(await requireTrust())) return;
  const progress = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Evaluating the model') };
  const { report } = await vscode.window.withProgress(progress, () => sessions.once((engine) => engine.evaluate({ run: folder, report: true })));
  const open = pages.get(folder);
  const page = open ?? vscode.window.createWebviewPanel('adamscope.evaluation', vscode.l10n.t('Evaluation of {0}', title), vscode.ViewColumn.Beside, { enableScripts: false, localResourceRoots: [] });
  page.webview.html = evaluationHtml(report!, 'editor');
  if (open) return page.reveal();
  pages.set(folder, page);
  page.onDidDispose(() => pages.delete(folder));
}
