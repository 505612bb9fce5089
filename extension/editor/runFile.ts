import { findNodeAtLocation, getNodeValue, parseTree } from 'jsonc-parser';
import * as vscode from 'vscode';
import type { Edit } from '../../engine/diagnosis/finding';
import { applyEdits, pathRange } from '../../engine/run/edit';
import { difference } from './difference';

/** Which documents are run files, for providers. */
export const runFiles: vscode.DocumentSelector = { pattern: '**/*.train.json' };

export const isRunFile = (uri: vscode.Uri | undefined): uri is vscode.Uri => uri?.path.endsWith('.train.json') ?? false;

/** "digits" for digits.train.json. */
export const runFileName = (uri: vscode.Uri): string => uri.path.split('/').at(-1)!.replace(/\.train\.json$/, '');

/** The value at a dotted path; undefined where there is none. */
export function valueAt(text: string, path: string): unknown {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key)));
  return node && getNodeValue(node);
}

export function rangeOf(document: vscode.TextDocument, path: string): vscode.Range {
  const { offset, length } = pathRange(document.getText(), path);
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}

/** The edits as one replacement of what really changes, so that comments, cursor and undo stay as they were. */
export function textEdit(document: vscode.TextDocument, edits: readonly Edit[]): vscode.TextEdit {
  const before = document.getText();
  const { start, end, text } = difference(before, applyEdits(before, edits));
  return vscode.TextEdit.replace(new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
}

/** Whether edits would change the text: not if they are made already, or if what they change is gone. */
export function fits(document: vscode.TextDocument, edits: readonly Edit[]): boolean {
  try {
    return applyEdits(document.getText(), edits) !== document.getText();
  } catch {
    return false;
  }
}

/** Writes edits into a run file, one undo step. Throws one sentence where the text changed meanwhile or the edits do not fit. */
export async function editRunFile(uri: vscode.Uri, edits: readonly Edit[]): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.set(uri, [textEdit(document, edits)]);
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} changed while it was being edited; try again.', uri.fsPath));
}

/** Shows a key of a run file, selected. */
export async function revealKey(uri: vscode.Uri, path: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const beside = vscode.window.visibleTextEditors.find((editor) => editor.document === document)?.viewColumn;
  await vscode.window.showTextDocument(document, { selection: rangeOf(document, path), viewColumn: beside ?? vscode.ViewColumn.One });
}
