import * as vscode from 'vscode';

/** A run file names files to read and a model to execute: nothing of it runs before the user trusts the workspace. */
export async function requireTrust(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Training runs models and reads data files named by this workspace, so the workspace has to be trusted first. Finished runs can be looked at without trust.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
