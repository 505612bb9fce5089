import * as vscode from 'vscode';
import type { Finding } from '../../engine/diagnosis/finding';
import type { DashboardStatus } from '../panel/protocol';
import { startTime } from '../runs/pick';
import { formatMetric, formatNumber, isResumable, isTraining, summarize, type Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';

/** A finding below its run. */
interface FindingNode {
  finding: Finding;
  run: Run;
}
type Node = Run | FindingNode;

const icons: Record<DashboardStatus, [icon: string, color?: string]> = {
  training: ['loading~spin'],
  finished: ['pass', 'testing.iconPassed'],
  stopped: ['debug-pause', 'charts.yellow'],
  diverged: ['error', 'testing.iconFailed'],
  failed: ['warning', 'testing.iconErrored'],
};
const findingIcons = { error: ['error', 'list.errorForeground'], warning: ['warning', 'list.warningForeground'], information: ['info', 'charts.blue'] } as const;

/** How often the figures of a training run are written anew. */
const interval = 500;

/** All runs of the workspace, newest first, their findings below them. */
export class RunsView implements vscode.TreeDataProvider<Node> {
  private readonly changes = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private readonly disposables: vscode.Disposable[];
  private readonly waiting = new Map<Run, NodeJS.Timeout>();

  constructor(private readonly store: RunStore) {
    this.disposables = [
      this.changes,
      vscode.window.createTreeView('adamscope.runs', { treeDataProvider: this, showCollapseAll: true, canSelectMany: true }),
      store.onDidChange(({ kind, run }) => {
        if (kind === 'added' || kind === 'removed') this.changes.fire(undefined);
        else if (kind === 'steps') this.soon(run);
        else this.changes.fire(run);
      }),
    ];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return 'finding' in node ? findingItem(node) : runItem(node);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) return this.store.all();
    if ('finding' in node) return [];
    await this.store.ensureLoaded(node);
    return node.findings.map((finding) => ({ finding, run: node }));
  }

  dispose(): void {
    this.waiting.forEach(clearTimeout);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private soon(run: Run): void {
    if (this.waiting.has(run)) return;
    this.waiting.set(run, setTimeout(() => {
      this.waiting.delete(run);
      this.changes.fire(run);
    }, interval));
  }
}

function runItem(run: Run): vscode.TreeItem {
  const expandable = !run.loaded || run.findings.length > 0;
  const item = new vscode.TreeItem(run.title, expandable ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
  const [icon, color] = icons[run.status];
  const summary = summarize(run);
  item.id = run.folder;
  item.description = [
    ...(summary ? [vscode.l10n.t('loss {0}', formatNumber(summary.loss))] : []),
    ...(summary?.metric === undefined ? [] : [formatMetric(run.header.metric, summary.metric, true)]),
    startTime(run),
  ].join(' · ');
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.contextValue = isTraining(run) ? 'run.training' : isResumable(run) ? 'run.resumable' : 'run.finished';
  item.tooltip = tooltip(run);
  item.command = { title: vscode.l10n.t('Open Dashboard'), command: 'adamscope.openDashboard', arguments: [run] };
  item.accessibilityInformation = { label: `${run.title}, ${run.status}, ${item.description}` };
  return item;
}

function tooltip(run: Run): vscode.MarkdownString {
  const { optimizer, batchSize } = run.header.config;
  const count = run.header.parameters.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
  const { type, ...options } = optimizer as unknown as { type: string } & Record<string, unknown>;
  const rows: [string, string][] = [
    [vscode.l10n.t('Status'), run.reason ? `${run.status}: ${run.reason}` : run.status],
    [vscode.l10n.t('Device'), run.header.device],
    [vscode.l10n.t('Parameters'), count.toLocaleString('en')],
    [vscode.l10n.t('Optimizer'), [type, ...Object.entries(options).filter(([, value]) => value !== undefined).map(([key, value]) => `${key} ${JSON.stringify(value)}`)].join(', ')],
    [vscode.l10n.t('Batch size'), String(batchSize)],
    [vscode.l10n.t('Samples'), String(run.header.trainSamples)],
  ];
  const text = new vscode.MarkdownString('**').appendText(run.title).appendMarkdown('**\n\n');
  for (const [name, value] of rows) text.appendMarkdown('- ').appendText(`${name}: ${value}`).appendMarkdown('\n');
  return text;
}

function findingItem({ finding, run }: FindingNode): vscode.TreeItem {
  const item = new vscode.TreeItem(finding.title);
  const [icon, color] = findingIcons[finding.severity];
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.description = finding.rule;
  item.tooltip = finding.explanation;
  item.contextValue = 'finding';
  item.command = { title: vscode.l10n.t('Show in run file'), command: 'adamscope.openKey', arguments: [run.folder, finding.target.path] };
  return item;
}
