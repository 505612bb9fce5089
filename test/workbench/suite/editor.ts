import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** Helpers for tests inside the extension host. */
export const folder = (): vscode.Uri => vscode.workspace.workspaceFolders![0].uri;
export const file = (name: string): vscode.Uri => vscode.Uri.joinPath(folder(), name);

export async function openEditor(uri: vscode.Uri): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
}

/** Waits until the value is there; fails with the words after ten seconds. */
export async function eventually<T>(value: () => T | undefined | false | Promise<T | undefined | false>, words: string): Promise<T> {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await value();
    if (found) return found;
    assert.ok(Date.now() < end, `never happened: ${words}`);
  }
}

export const problems = (uri: vscode.Uri): vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Adamscope');

export async function lenses(uri: vscode.Uri): Promise<string[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
  return found.map(({ command }) => command?.title.replace(/^\$\([\w-]+\)\s/, '') ?? '');
}

export async function runFolders(): Promise<string[]> {
  const runs = await vscode.workspace.fs.readDirectory(file('.adamscope/runs')).then((entries) => entries, () => []);
  return runs.map(([name]) => name);
}

/** The training of this file is over when its lens offers the next one. */
export const idle = (uri: vscode.Uri): Promise<boolean> => eventually(async () => (await lenses(uri)).includes('Train'), 'training ended');

export async function write(uri: vscode.Uri, text: string): Promise<vscode.Uri> {
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

export const read = async (uri: vscode.Uri): Promise<string> => Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
