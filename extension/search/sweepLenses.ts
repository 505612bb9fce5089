import * as vscode from 'vscode';
import type { SweepOnDisk } from './storedSweep';
import { sweepFiles } from './sweepFile';
import type { Sweeps } from './sweeps';

/** Run / Resume / Show above the first line of a sweep file. */
export class SweepFileLenses implements vscode.CodeLensProvider {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  /** What is on disk, by sweep file, as long as nothing has changed there. */
  private readonly stored = new Map<string, SweepOnDisk | undefined>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly sweeps: Sweeps) {
    const changed = (): void => {
      this.stored.clear();
      this.changes.fire();
    };
    // Those of the command line as well.
    const folders = vscode.workspace.createFileSystemWatcher('**/.adamscope/sweeps/*/sweep.json', false, true, false);
    this.disposables = [
      this.changes,
      folders,
      folders.onDidCreate(changed),
      folders.onDidDelete(changed),
      sweeps.onDidChange(changed),
      vscode.languages.registerCodeLensProvider(sweepFiles, this),
      vscode.workspace.onDidGrantWorkspaceTrust(changed),
      vscode.workspace.onDidChangeConfiguration((event) => { if (event.affectsConfiguration('adamscope.codeLens')) changed(); }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!vscode.workspace.getConfiguration('adamscope', document).get('codeLens.enabled', true)) return [];
    const lens = (title: string, command: string): vscode.CodeLens => new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: title.replace(') ', ')\u00a0'), command, arguments: [document.uri] });
    const show = lens(`$(graph-line) ${vscode.l10n.t('Show Sweep')}`, 'adamscope.showSweep');
    const stored = await this.onDisk(document);
    if (!vscode.workspace.isTrusted) return [lens(`$(workspace-untrusted) ${vscode.l10n.t('Trust this workspace to train')}`, 'workbench.trust.manage'), ...(stored ? [show] : [])];
    if (this.sweeps.isRunning(document.uri)) return [lens(`$(debug-stop) ${vscode.l10n.t('Stop')}`, 'adamscope.stopSweep'), show];
    return [
      lens(`$(play) ${vscode.l10n.t('Run Sweep')}`, 'adamscope.runSweep'),
      ...(stored?.open ? [lens(`$(debug-continue) ${vscode.l10n.t('Resume')}`, 'adamscope.resumeSweep')] : []),
      ...(stored ? [show] : []),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async onDisk(document: vscode.TextDocument): Promise<SweepOnDisk | undefined> {
    const file = document.uri.fsPath;
    if (!this.stored.has(file)) {
      const { storedSweep } = await import('./storedSweep');
      try {
        this.stored.set(file, storedSweep(document));
      } catch {
        // Whoever wants to see a damaged sweep is told what is wrong with it; a lens is not the place.
        this.stored.set(file, undefined);
      }
    }
    return this.stored.get(file);
  }
}
