import * as vscode from 'vscode';
import { evaluationHtml } from '../../engine/report/evaluation';
import type { Sessions } from '../engine/sessions';
import { showPage } from '../page';
import type { Run } from '../runs/run';
import { requireTrust } from '../trust';

/** Shows what the trained model does on its validation data: scores, classes, confusion, the worst samples. */
export async function evaluateRun({ folder, title }: Run, sessions: Sessions): Promise<void> {
  if (!(await requireTrust())) return;
  const progress = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Evaluating the model') };
  const { report } = await vscode.window.withProgress(progress, () => sessions.once((engine) => engine.evaluate({ run: folder, report: true })));
  showPage('adamscope.evaluation', folder, vscode.l10n.t('Evaluation of {0}', title), evaluationHtml(report!, 'editor'));
}
