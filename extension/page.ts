import * as vscode from 'vscode';
import type { Link } from '../engine/report/page';

/** Pages without a script beside the editor, by what they show. */
const pages = new Map<string, vscode.WebviewPanel>();

const idOf = (type: string, key: string): string => `${type} ${key}`;

/** Commands that links of a page may run. */
const linked = ['adamscope.setLearningRate', 'adamscope.compareRuns', 'adamscope.resumeSweep'];

/** What a page offers to do: runs a command with these arguments. */
export const commandLink = (text: string, command: string, ...args: unknown[]): Link => ({ text, href: `command:${command}?${encodeURIComponent(JSON.stringify(args))}` });

/** Shows a page: the one of this key, where it is open, with its new content. `opened`: whether it is new. */
export function showPage(type: string, key: string, title: string, html: string): { page: vscode.WebviewPanel; opened: boolean } {
  const id = idOf(type, key);
  const open = pages.get(id);
  const page = open ?? vscode.window.createWebviewPanel(type, title, vscode.ViewColumn.Beside, { enableScripts: false, enableCommandUris: linked, localResourceRoots: [] });
  page.webview.html = html;
  if (open) {
    page.reveal();
  } else {
    pages.set(id, page);
    page.onDidDispose(() => pages.delete(id));
  }
  return { page, opened: !open };
}

/** New content for a page that is open, which stays where it is. */
export function updatePage(type: string, key: string, html: string): boolean {
  const page = pages.get(idOf(type, key));
  if (page) page.webview.html = html;
  return page !== undefined;
}
