import * as vscode from 'vscode';

/** Pages without a script beside the editor, by what they show. */
const pages = new Map<string, vscode.WebviewPanel>();

/** Shows a page: the one of this key, where it is open, with its new content. `opened`: whether it is new. */
export function showPage(type: string, key: string, title: string, html: string): { page: vscode.WebviewPanel; opened: boolean } {
  const id = `${type} ${key}`;
  const open = pages.get(id);
  const page = open ?? vscode.window.createWebviewPanel(type, title, vscode.ViewColumn.Beside, { enableScripts: false, localResourceRoots: [] });
  page.webview.html = html;
  if (open) {
    page.reveal();
  } else {
    pages.set(id, page);
    page.onDidDispose(() => pages.delete(id));
  }
  return { page, opened: !open };
}
