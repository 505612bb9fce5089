import * as vscode from 'vscode';
import { editRunFile, fits, revealKey } from '../editor/runFile';
import type { Run } from '../runs/run';
import type { RunChange, RunStore } from '../runs/runStore';
import { pageHtml } from './html';
import { packSteps, type HostMessage, type PanelMessage, type PanelRequest, type PanelState, type RunView, type Strings } from './protocol';

export const viewType = 'adamscope.dashboard';

/** Translations of the page's texts are entries of the l10n bundle named "dashboard.<key>"; English stands in the page itself. */
const strings: Strings = Object.fromEntries(
  Object.entries(vscode.l10n.bundle ?? {}).flatMap(([key, text]) => (key.startsWith('dashboard.') && typeof text === 'string' ? [[key.slice(10), text]] : [])),
);

/** Opens one panel per run and restores the panels of the last window. */
export class Dashboards implements vscode.WebviewPanelSerializer<PanelState> {
  private readonly open = new Map<string, Dashboard>();
  private readonly folder: vscode.Uri;

  constructor(extensionUri: vscode.Uri, private readonly store: RunStore, private readonly ready: () => Promise<void>) {
    this.folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  }

  show(run: Run): void {
    const shown = this.open.get(run.folder);
    if (shown) return shown.panel.reveal();
    const beside = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    this.add(run.folder, vscode.window.createWebviewPanel(viewType, run.title, beside, this.options()));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    await this.ready();
    panel.webview.options = this.options();
    this.add(state?.run ?? '', panel);
  }

  dispose(): void {
    for (const dashboard of this.open.values()) dashboard.panel.dispose();
  }

  private add(folder: string, panel: vscode.WebviewPanel): void {
    this.open.set(folder, new Dashboard(folder, panel, this.store));
    panel.iconPath = { light: vscode.Uri.joinPath(this.folder, '../../media/dashboard-light.svg'), dark: vscode.Uri.joinPath(this.folder, '../../media/dashboard-dark.svg') };
    panel.webview.html = pageHtml(panel.webview, this.folder, 'dashboard', 'Adamscope');
    panel.onDidDispose(() => this.open.delete(folder));
  }

  private options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [this.folder] };
  }
}

/** One panel: tells the page what the store knows, and does what the page asks for. */
class Dashboard {
  private readonly disposables: vscode.Disposable[];
  /** The page listens and can be seen: changes are sent as they come. Otherwise it gets everything when it is seen again. */
  private live = false;

  constructor(private readonly folder: string, readonly panel: vscode.WebviewPanel, private readonly store: RunStore) {
    this.disposables = [
      panel.webview.onDidReceiveMessage((message: PanelMessage) => void this.receive(message)),
      panel.onDidChangeViewState(() => { if (!panel.visible) this.live = false; }),
      store.onDidChange((change) => { if (change.run.folder === folder) this.changed(change); }),
      vscode.window.onDidChangeActiveColorTheme(() => void this.send({ type: 'theme' })),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.hydrate()),
      // A remedy that the user has made by hand is no longer offered.
      vscode.workspace.onDidChangeTextDocument(({ document }) => { if (document.uri.fsPath === this.run?.header.runFile) void this.sendFindings(this.run); }),
    ];
    panel.onDidDispose(() => vscode.Disposable.from(...this.disposables).dispose());
  }

  private get run(): Run | undefined {
    return this.store.get(this.folder);
  }

  private changed({ kind, run, ...change }: RunChange): void {
    if (kind === 'removed') return this.panel.dispose();
    if (kind === 'renamed') this.panel.title = run.title;
    if (!this.live) return;
    if (kind === 'steps') void this.send({ type: 'steps', run: run.folder, steps: packSteps(run.steps.slice((change as { from: number }).from)) });
    else if (kind === 'findings') void this.sendFindings(run);
    else if (kind === 'status' && run.status !== 'training') void this.send({ type: 'ended', run: run.folder, status: run.status, reason: run.reason });
    else void this.hydrate();
  }

  private async receive(message: PanelMessage): Promise<void> {
    if (message.type === 'ready') return this.hydrate();
    try {
      await this.answer(message.request);
      await this.send({ type: 'reply', id: message.id });
    } catch (error) {
      await this.send({ type: 'reply', id: message.id, error: (error as Error).message });
    }
  }

  private async answer(request: PanelRequest): Promise<void> {
    const run = this.run;
    if (!run) throw new Error(vscode.l10n.t('This run is gone.'));
    switch (request.type) {
      case 'apply': {
        const remedy = run.findings.find((finding) => finding.id === request.findingId)?.remedies[request.remedyIndex];
        if (!remedy) throw new Error(vscode.l10n.t('This finding is gone.'));
        return editRunFile(this.runFile(run), remedy.edits);
      }
      case 'verify':
        return vscode.commands.executeCommand('adamscope.verifyRemedy', run, JSON.stringify({ finding: request.findingId, remedy: request.remedyIndex }));
      case 'openKey':
        return revealKey(this.runFile(run), request.path);
      case 'copyTable':
        return vscode.env.clipboard.writeText(request.text);
      case 'openRule':
        return vscode.commands.executeCommand('adamscope.openRule', request.rule);
      case 'openLog':
        return vscode.commands.executeCommand('adamscope.showLog');
      case 'train': case 'stop': case 'resume': case 'exportModel':
        return vscode.commands.executeCommand(`adamscope.${request.type}`, run);
    }
  }

  private runFile(run: Run): vscode.Uri {
    if (run.header.runFile === undefined) throw new Error(vscode.l10n.t('This run was not started from a run file.'));
    return vscode.Uri.file(run.header.runFile);
  }

  private async hydrate(): Promise<void> {
    const run = this.run;
    if (!run) return void this.send({ type: 'missing', message: vscode.l10n.t('This run was deleted.') });
    try {
      await this.store.ensureLoaded(run);
    } catch (error) {
      return void this.send({ type: 'missing', message: (error as Error).message });
    }
    this.panel.title = run.title;
    const fixable = await fixableFindings(run);
    // Nothing is awaited between taking the state and going live, so no step is lost or sent twice.
    this.live = true;
    void this.send({ type: 'hydrate', view: viewOf(run, fixable), steps: packSteps(run.steps), strings });
  }

  private async sendFindings(run: Run): Promise<void> {
    const fixable = await fixableFindings(run);
    if (this.live) void this.send({ type: 'findings', run: run.folder, findings: run.findings, fixable });
  }

  private send(message: HostMessage): Thenable<boolean> {
    return this.panel.webview.postMessage(message);
  }
}

const viewOf = (run: Run, fixable: string[]): RunView => ({
  run: run.folder,
  title: run.title,
  header: run.header,
  status: run.status,
  reason: run.reason,
  findings: run.findings,
  fixable,
  canTrain: vscode.workspace.isTrusted,
});

async function fixableFindings({ header, findings }: Run): Promise<string[]> {
  if (header.runFile === undefined || findings.length === 0) return [];
  try {
    const document = await vscode.workspace.openTextDocument(header.runFile);
    return findings.filter(({ remedies }) => remedies.some((remedy) => fits(document, remedy.edits))).map(({ id }) => id);
  } catch {
    return []; // the run file is gone
  }
}
