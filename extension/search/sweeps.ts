import * as vscode from 'vscode';
import type { EngineFunctions, SweepRequest, SweepResult } from '../../engine/host/protocol';
import { follow } from '../engine/follow';
import type { Sessions } from '../engine/sessions';
import { engineSettings } from '../engine/training';
import { commandLink, showPage, updatePage } from '../page';
import { requireTrust } from '../trust';
import type { SweepOnDisk } from './storedSweep';
import { sweepFileName } from './sweepFile';

const page = 'adamscope.sweep';

/** A sweep that is under way. */
interface Running {
  engine: EngineFunctions;
  /** Its table so far; absent while the run file is being read. */
  result?: SweepResult;
}

/** Runs sweeps, one at a time of a sweep file, and shows their tables, which follow as runs begin and end. */
export class Sweeps {
  /** By sweep file. */
  private readonly running = new Map<string, Running>();
  private readonly changes = new vscode.EventEmitter<void>();
  /** One began or ended. */
  readonly onDidChange = this.changes.event;

  constructor(private readonly sessions: Sessions, private readonly log: vscode.LogOutputChannel) {}

  /** That of a file, or any. */
  isRunning(uri?: vscode.Uri): boolean {
    return uri ? this.running.has(uri.fsPath) : this.running.size > 0;
  }

  /** Begins a new sweep of a file. Resolves when it has ended; rejects with one sentence. */
  async run(uri: vscode.Uri): Promise<void> {
    if (!(await requireTrust())) return;
    const document = await vscode.workspace.openTextDocument(uri);
    if (await document.save()) await this.perform(uri, { file: uri.fsPath });
  }

  /** Goes on with the newest sweep of a file, as it was begun. */
  async resume(uri: vscode.Uri): Promise<void> {
    if (!(await requireTrust())) return;
    const { open, folder } = await this.stored(uri);
    await (open ? this.perform(uri, { file: folder }) : this.show(uri));
  }

  /** The table of the newest sweep of a file. */
  async show(uri: vscode.Uri): Promise<void> {
    await this.draw(uri, this.running.get(uri.fsPath)?.result ?? (await this.stored(uri)).result, true);
  }

  /** Ends the sweep of a file where it can go on. */
  async stop(uri: vscode.Uri): Promise<void> {
    // The engine may be gone before it answers.
    await this.running.get(uri.fsPath)?.engine.stop().catch(() => {});
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async stored(uri: vscode.Uri): Promise<SweepOnDisk> {
    const { storedSweep } = await import('./storedSweep');
    const found = storedSweep(await vscode.workspace.openTextDocument(uri));
    if (!found) throw new Error(vscode.l10n.t('No sweep of {0} was begun yet.', vscode.workspace.asRelativePath(uri)));
    return found;
  }

  private async perform(uri: vscode.Uri, request: SweepRequest): Promise<void> {
    const file = uri.fsPath;
    if (this.running.has(file)) return void vscode.window.showInformationMessage(vscode.l10n.t('The sweep {0} is running already.', sweepFileName(uri)));
    const { threads: cores, ...settings } = engineSettings(uri);
    try {
      const result = await follow(this.sessions, vscode.l10n.t('Sweep {0}', sweepFileName(uri)), (engine) => {
        this.running.set(file, { engine });
        this.changes.fire();
        return engine.sweep({ ...request, ...settings, cores });
      }, (event) => {
        const running = this.running.get(file);
        if (event.type !== 'sweep' || !running) return;
        const first = !running.result;
        running.result = event.result;
        void this.draw(uri, event.result, first);
      });
      this.running.delete(file);
      for (const { number, reason, status } of result.trials) if (status === 'failed') this.log.error(`sweep ${result.sweep}, run ${number}: ${reason}`);
      if (!(await this.draw(uri, result, false))) this.tell(uri, result);
    } finally {
      this.running.delete(file);
      this.changes.fire();
    }
  }

  /** `open`: the page, where it is closed. Resolves to whether it is shown. */
  private async draw(uri: vscode.Uri, result: SweepResult, open: boolean): Promise<boolean> {
    const { sweepHtml } = await import('../../engine/report/sweep');
    const links = result.status === 'stopped' ? [commandLink(vscode.l10n.t('Resume'), 'adamscope.resumeSweep', uri.fsPath)] : [];
    const html = sweepHtml(result, 'editor', links);
    if (!open) return updatePage(page, uri.fsPath, html);
    showPage(page, uri.fsPath, vscode.l10n.t('Sweep {0}', sweepFileName(uri)), html);
    return true;
  }

  /** Whoever has closed the table hears that the sweep has ended. */
  private tell(uri: vscode.Uri, { status }: SweepResult): void {
    const show = vscode.l10n.t('Show');
    const said = status === 'finished' ? vscode.l10n.t('The sweep {0} has ended.', sweepFileName(uri)) : vscode.l10n.t('The sweep {0} was stopped; it can go on.', sweepFileName(uri));
    void vscode.window.showInformationMessage(said, show).then((answer) => (answer === show ? this.show(uri) : undefined));
  }
}
