import * as vscode from 'vscode';
import type { Session, Sessions } from './engine/sessions';
import { formatNumber, summarize } from './runs/run';
import type { RunStore } from './runs/runStore';

/** Shown while something trains: a spinner, the epoch and the loss. */
export class StatusBar {
  private readonly item = vscode.window.createStatusBarItem('adamscope.training', vscode.StatusBarAlignment.Left, 10);
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly sessions: Sessions, private readonly store: RunStore) {
    this.item.name = 'Adamscope';
    const update = () => this.update();
    this.disposables = [this.item, sessions.onDidChange(update), store.onDidChange(update)];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private update(): void {
    const sessions = this.sessions.all();
    if (sessions.length === 0) return this.item.hide();
    const newest = sessions.at(-1)!;
    const more = sessions.length > 1 ? ` +${sessions.length - 1}` : '';
    this.item.text = `$(loading~spin) ${this.text(newest)}${more}`;
    this.item.command = newest.run === undefined
      ? { title: vscode.l10n.t('Show Log'), command: 'adamscope.showLog' }
      : { title: vscode.l10n.t('Open Dashboard'), command: 'adamscope.openDashboard', arguments: [newest.run] };
    this.item.tooltip = this.tooltip();
    this.item.show();
  }

  private text(session: Session): string {
    const run = session.run === undefined ? undefined : this.store.get(session.run);
    const summary = run && summarize(run);
    if (session.state === 'stopping') return vscode.l10n.t('Stopping…');
    if (!run || !summary) return vscode.l10n.t('Preparing…');
    return vscode.l10n.t('{0} epoch {1}/{2} loss {3}', run.title, summary.epochs, epochs(run.header), formatNumber(summary.loss));
  }

  private tooltip(): vscode.MarkdownString {
    const text = new vscode.MarkdownString(vscode.l10n.t('Training. Click to open the dashboard.') + '\n\n');
    text.isTrusted = { enabledCommands: ['adamscope.stop'] };
    return text.appendMarkdown(`[${vscode.l10n.t('Stop')}](command:adamscope.stop)`);
  }
}

const epochs = ({ totalSteps, stepsPerEpoch }: { totalSteps: number; stepsPerEpoch: number }): number => Math.ceil(totalSteps / stepsPerEpoch);
