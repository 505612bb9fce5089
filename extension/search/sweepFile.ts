import path from 'node:path';
import * as vscode from 'vscode';
import type { Target } from '../runs/pick';

/** Which documents are sweep files, for providers. */
export const sweepFiles: vscode.DocumentSelector = { pattern: '**/*.sweep.json' };

const isSweepFile = (uri: vscode.Uri | undefined): uri is vscode.Uri => uri?.path.endsWith('.sweep.json') ?? false;

/** The sweep file a command means: its argument, the active editor, the only one of the workspace, or the user's choice. */
export async function pickSweepFile(target: Target): Promise<vscode.Uri | undefined> {
  if (typeof target === 'string') return vscode.Uri.file(target);
  const named = [target instanceof vscode.Uri ? target : undefined, vscode.window.activeTextEditor?.document.uri].find(isSweepFile);
  if (named) return named;
  const files = await vscode.workspace.findFiles('**/*.sweep.json', '**/{node_modules,.adamscope}/**', 200);
  if (files.length === 0) throw new Error(vscode.l10n.t('There is no sweep file (*.sweep.json) in this workspace yet.'));
  if (files.length === 1) return files[0];
  const items = files.sort((a, b) => a.path.localeCompare(b.path)).map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which sweep file?') }))?.uri;
}

/** "optimizers" for optimizers.sweep.json. */
export const sweepFileName = (uri: vscode.Uri): string => path.basename(uri.fsPath).replace(/\.sweep\.json$/, '');
