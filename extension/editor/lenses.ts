import * as vscode from 'vscode';
import type { Sessions } from '../engine/sessions';
import { formatNumber, isResumable, summarize } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { runFiles } from './runFile';

/** Train / Stop / Open Dashboard above the first line of a run file. */
export class RunFileLenses implements vscode.CodeLensProvider {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  private readonly disposables: vscode.Disposable[];

  /** `ready`: the runs on disk are known. */
  constructor(private readonly store: RunStore, private readonly sessions: Sessions, private readonly ready: () => Promise<void>) {
    const changed = () => this.changes.fire();
    this.disposables = [
      this.changes,
      vscode.languages.registerCodeLensProvider(runFiles, this),
      sessions.onDidChange(changed),
      // Lenses show the state, not every step.
      store.onDidChange((change) => { if (change.kind !== 'steps' && change.kind !== 'findings') changed(); }),
      vscode.workspace.onDidGrantWorkspaceTrust(changed),
      vscode.workspace.onDidChangeConfiguration((event) => { if (event.affectsConfiguration('adamscope.codeLens')) changed(); }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!vscode.workspace.getConfiguration('adamscope', document).get('codeLens.enabled', true)) return [];
    // Lenses that change right after they were first drawn move the text below them.
    await this.ready();
    const top = new vscode.Range(0, 0, 0, 0);
    // A plain blank behind an icon is swallowed.
    const lens = (title: string, command: string, ...args: unknown[]) => new vscode.CodeLens(top, { title: title.replace(') ', ')\u00a0'), command, arguments: args });
    const session = this.sessions.ofRunFile(document.uri.fsPath);
    const run = this.store.latestOf(document.uri.fsPath);
    const { isTrusted } = vscode.workspace;
    const lenses: vscode.CodeLens[] = [];
    if (!isTrusted) lenses.push(lens(`$(workspace-untrusted) ${vscode.l10n.t('Trust this workspace to train')}`, 'workbench.trust.manage'));
    else if (session) lenses.push(lens(`$(debug-stop) ${session.state === 'stopping' ? vscode.l10n.t('Stopping…') : vscode.l10n.t('Stop')}`, 'adamscope.stop', document.uri));
    else lenses.push(lens(`$(play) ${vscode.l10n.t('Train')}`, 'adamscope.train', document.uri));
    if (isTrusted && !session && run && isResumable(run)) lenses.push(lens(`$(debug-continue) ${vscode.l10n.t('Resume')}`, 'adamscope.resume', run.folder));
    if (run) {
      lenses.push(lens(`$(graph-line) ${vscode.l10n.t('Open Dashboard')}`, 'adamscope.openDashboard', run.folder));
      if (!session) {
        const loss = summarize(run)?.loss;
        const outcome = loss === undefined ? run.status : `${run.status}, ${vscode.l10n.t('loss {0}', formatNumber(loss))}`;
        lenses.push(lens(`$(clear-all) ${vscode.l10n.t('Clear')} (${outcome})`, 'adamscope.clearInlineResults'));
      }
    }
    return lenses;
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}
