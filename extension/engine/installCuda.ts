import * as vscode from 'vscode';
import { follow } from './follow';
import type { Sessions } from './sessions';

/** Downloads what onnxruntime needs for CUDA, once the user has agreed, and says whether the device works then. */
export async function installCuda(sessions: Sessions): Promise<void> {
  const download = vscode.l10n.t('Download');
  const detail = vscode.l10n.t('About 0.3 GB from nuget.org, kept beside this version of the extension. CUDA 12 and cuDNN 9 must be installed already.');
  if (await vscode.window.showInformationMessage(vscode.l10n.t('Download ONNX Runtime\u2019s libraries for CUDA?'), { modal: true, detail }, download) !== download) return;
  const device = await follow(sessions, vscode.l10n.t('ONNX Runtime for CUDA'), (engine) => engine.installCuda({}));
  if (!device) return;
  if (device.available) void vscode.window.showInformationMessage(vscode.l10n.t('CUDA can be used: set "device" to "cuda" in a run file or in the settings.'));
  else void vscode.window.showWarningMessage(vscode.l10n.t('The libraries are installed, but CUDA does not work yet: {0}', device.description));
}
