import * as vscode from 'vscode';
import { formatNumber } from '../../engine/diagnosis/numbers';
import { suggestionHtml } from '../../engine/report/suggestion';
import { editRunFile, revealKey, runFileName } from '../editor/runFile';
import { follow } from '../engine/follow';
import type { Sessions } from '../engine/sessions';
import { engineSettings } from '../engine/training';
import { commandLink, showPage } from '../page';
import { requireTrust } from '../trust';

const key = 'optimizer.learningRate';

/** Measures a learning rate for a run file as it stands in the editor, shows the curve, and offers to write the value. */
export async function suggestLearningRate(uri: vscode.Uri, sessions: Sessions): Promise<void> {
  if (!(await requireTrust())) return;
  const text = (await vscode.workspace.openTextDocument(uri)).getText();
  const { threads: _, ...settings } = engineSettings(uri);
  const name = runFileName(uri);
  const suggestion = await follow(sessions, vscode.l10n.t('Suggesting a learning rate for {0}', name), (engine) => engine.suggestLearningRate({ runFile: uri.fsPath, text, ...settings }));
  if (!suggestion) return;
  const { learningRate, current } = suggestion;
  const offer = learningRate === undefined || learningRate === current ? [] : [commandLink(setTitle(learningRate, current), 'adamscope.setLearningRate', uri.fsPath, String(learningRate))];
  showPage('adamscope.suggestion', uri.toString(), vscode.l10n.t('Learning Rate of {0}', name), suggestionHtml(suggestion, name, 'editor', offer));
}

const setTitle = (value: number, current: number): string =>
  (Number.isFinite(current) ? vscode.l10n.t('Set learningRate to {0} (was {1})', formatNumber(value), formatNumber(current)) : vscode.l10n.t('Set learningRate to {0}', formatNumber(value)));

/** One undo step; the value is shown, selected. */
export async function setLearningRate(runFile: string, value: number): Promise<void> {
  const uri = vscode.Uri.file(runFile);
  await editRunFile(uri, [{ path: key, value }]);
  await revealKey(uri, key);
}
