import * as vscode from 'vscode';

/** The page that explains a diagnosis rule; it comes with the extension, so it is there offline. */
export const rulePage = (extensionUri: vscode.Uri, rule: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, 'docs', 'rules', `${rule}.md`);
