import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { runFileName } from '../editor/runFile';
import type { Sessions } from '../engine/sessions';
import { dataRoot } from '../engine/training';
import { showPage } from '../page';
import { requireTrust } from '../trust';
import { previewPage } from './page';

/** Shows what the data of a run file look like and what is wrong with them. */
export async function previewData(uri: vscode.Uri, sessions: Sessions): Promise<void> {
  if (!(await requireTrust())) return;
  const key = uri.toString();
  const title = vscode.l10n.t('Data of {0}', runFileName(uri));
  const html = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Reading the data') }, () => pageOf(uri, sessions));
  const { page, opened } = showPage('adamscope.data', key, title, html);
  if (!opened) return;
  const saved = vscode.workspace.onDidSaveTextDocument(async ({ uri: changed }) => {
    // A file that is not right at the moment leaves the page as it was: its mistake is shown in the editor.
    if (changed.toString() === key) page.webview.html = await pageOf(uri, sessions).catch(() => page.webview.html);
  });
  page.onDidDispose(() => saved.dispose());
}

async function pageOf(uri: vscode.Uri, sessions: Sessions): Promise<string> {
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
  const preview = await sessions.once((engine) => engine.previewData({ runFile: uri.fsPath, text: document?.getText(), root: dataRoot(uri) }));
  return previewPage(preview, { nonce: randomBytes(16).toString('base64'), language: vscode.env.language, say: (text, ...values) => vscode.l10n.t(text, ...values) });
}
