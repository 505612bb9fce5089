import { getLocation } from 'jsonc-parser';
import * as vscode from 'vscode';
import { runFiles } from '../editor/runFile';

/** Where the light bulb offers the range test: the optimizer may be its name alone, and the learning rate its default. */
const places = ['optimizer', 'optimizer.type', 'optimizer.learningRate'];

/** The range test in the light bulb of the value. */
export const registerLearningRateActions = (): vscode.Disposable => vscode.languages.registerCodeActionsProvider(runFiles, {
  provideCodeActions(document, range) {
    if (!vscode.workspace.isTrusted || !places.includes(getLocation(document.getText(), document.offsetAt(range.start)).path.join('.'))) return [];
    const title = vscode.l10n.t('Suggest a learning rate by a range test');
    return [Object.assign(new vscode.CodeAction(title, vscode.CodeActionKind.RefactorRewrite), { command: { title, command: 'adamscope.suggestLearningRate', arguments: [document.uri] } })];
  },
}, { providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite] });
