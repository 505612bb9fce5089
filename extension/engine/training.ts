import * as vscode from 'vscode';
import type { RunResult, TrainRequest } from '../../engine/host/protocol';
import type { Problems } from '../editor/problems';
import type { Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { requireTrust } from '../trust';
import type { Session, Sessions } from './sessions';

/** Starts, stops and resumes trainings for the user: saves first, asks for trust, says why one ended badly. */
export class Training {
  constructor(
    private readonly sessions: Sessions,
    private readonly store: RunStore,
    private readonly problems: Problems,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Resolves when the training has begun, not when it is over; undefined where it may not begin. */
  async train(uri: vscode.Uri): Promise<Session | undefined> {
    if (!(await requireTrust())) return undefined;
    const document = await vscode.workspace.openTextDocument(uri);
    // Also where it seems clean: the news of an edit may still be on its way here.
    if (!(await document.save())) return undefined;
    const running = this.sessions.ofRunFile(uri.fsPath);
    if (running) {
      const stop = vscode.l10n.t('Stop');
      const answer = await vscode.window.showInformationMessage(vscode.l10n.t('{0} is training already.', vscode.workspace.asRelativePath(uri)), stop);
      if (answer === stop) await this.sessions.stop(running);
      return undefined;
    }
    const session = this.sessions.train({ runFile: uri.fsPath, ...engineSettings(uri) });
    this.follow(session);
    return session;
  }

  async resume(run: Run): Promise<Session | undefined> {
    if (!(await requireTrust())) return undefined;
    if (this.sessions.ofRun(run.folder)) return undefined;
    const uri = vscode.Uri.file(run.header.runFile ?? run.folder);
    const session = this.sessions.resume({ run: run.folder, root: dataRoot(uri) }, run.header.runFile);
    this.follow(session);
    return session;
  }

  private follow(session: Session): void {
    session.result.then((result) => this.ended(result), (error: Error) => this.refused(session, error));
  }

  private ended({ run, status, reason }: RunResult): void {
    this.log.info(`${run}: ${status}: ${reason}`);
    if (status === 'diverged') void this.tell(vscode.window.showWarningMessage, vscode.l10n.t('Training diverged: {0}', reason), run);
  }

  private async refused(session: Session, { name, message }: Error): Promise<void> {
    if (session.state === 'stopping') return;
    this.log.error(message);
    if (session.runFile && !session.run) await this.problems.refuse(session.runFile, message);
    await this.tell(vscode.window.showErrorMessage, name === 'InputError' ? message : vscode.l10n.t('Training failed: {0}', message), session.run);
  }

  /** A notification whose buttons lead on: the dashboard, going on from the last checkpoint, the log. */
  private async tell(show: (message: string, ...buttons: string[]) => Thenable<string | undefined>, message: string, folder?: string): Promise<void> {
    const run = folder === undefined ? undefined : this.store.get(folder);
    const resume: [string, () => unknown][] = run?.status === 'failed' ? [[vscode.l10n.t('Resume'), () => this.resume(run)]] : [];
    const actions: [string, () => unknown][] = [
      ...resume,
      ...(run ? [[vscode.l10n.t('Open Dashboard'), () => vscode.commands.executeCommand('adamscope.openDashboard', run)]] as [string, () => unknown][] : []),
      [vscode.l10n.t('Show Log'), () => this.log.show()],
    ];
    const answer = await show(message, ...actions.map(([title]) => title));
    await actions.find(([title]) => title === answer)?.[1]();
  }
}

/** What the user's settings say of every training of a file. */
export function engineSettings(uri: vscode.Uri): Pick<TrainRequest, 'root' | 'device' | 'threads'> {
  const settings = vscode.workspace.getConfiguration('adamscope', uri);
  const [device, threads] = [settings.get('device', ''), settings.get('threads', 0)];
  return { root: dataRoot(uri), ...(device ? { device } : {}), ...(threads > 0 ? { threads } : {}) };
}

/** Files named by a run file must lie in its workspace folder, unless the user has allowed otherwise. */
export function dataRoot(uri: vscode.Uri): string | undefined {
  if (vscode.workspace.getConfiguration('adamscope', uri).get('allowFilesOutsideWorkspace', false)) return undefined;
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
}
