import * as vscode from 'vscode';
import { formatNumber, type Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { findingsAt, lineResults, type LineResult } from './lineResults';
import { isRunFile, rangeOf, runFiles } from './runFile';
import { chart, sparkline, type Theme, type Tone } from './sparkline';

/** VS Code writes a CSS rule for every new picture (microsoft/vscode#9129): two rounds a second are enough for the eye. */
const interval = 500;

const colors: Record<Tone, string> = {
  plain: 'editorCodeLens.foreground', good: 'editorCodeLens.foreground', warning: 'editorWarning.foreground', error: 'editorError.foreground',
};

/** Beside `loss` and beside every layer of a run file: the last value and a live curve of the newest run. */
export class InlineResults {
  /** One type for all: the picture and the text are set per line. */
  private readonly type = vscode.window.createTextEditorDecorationType({ rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed });
  private readonly disposables: vscode.Disposable[];
  /** Runs whose results the user has cleared away; a new run shows again. */
  private readonly cleared = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: RunStore) {
    const update = () => this.schedule();
    this.disposables = [
      this.type,
      store.onDidChange(update),
      vscode.window.onDidChangeVisibleTextEditors(update),
      vscode.workspace.onDidChangeTextDocument((event) => { if (isRunFile(event.document.uri)) update(); }),
      vscode.workspace.onDidChangeConfiguration((event) => { if (event.affectsConfiguration('adamscope.inlineResults')) update(); }),
      vscode.languages.registerHoverProvider(runFiles, { provideHover: (document, position) => this.hover(document, position) }),
    ];
    update();
  }

  clear(): void {
    for (const run of this.store.all()) this.cleared.add(run.folder);
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, interval);
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (isRunFile(editor.document.uri)) editor.setDecorations(this.type, this.lines(editor.document).map(([line, results]) => decoration(editor.document, line, results)));
    }
  }

  /** What to show on which line. The steps of a run on disk are read when its file is first looked at. */
  private lines(document: vscode.TextDocument): [number, LineResult[]][] {
    const run = this.runOf(document);
    if (!run) return [];
    if (!run.loaded) {
      this.store.ensureLoaded(run).catch(() => {}); // said where the user asks for the run itself
      return [];
    }
    const byLine = new Map<number, LineResult[]>();
    for (const result of lineResults(run)) {
      const { line } = rangeOf(document, result.path).start;
      byLine.set(line, [...(byLine.get(line) ?? []), result]);
    }
    return [...byLine];
  }

  private runOf(document: vscode.TextDocument): Run | undefined {
    if (!vscode.workspace.getConfiguration('adamscope', document).get('inlineResults.enabled', true)) return undefined;
    const run = this.store.latestOf(document.uri.fsPath);
    return run && !this.cleared.has(run.folder) ? run : undefined;
  }

  private hover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const run = this.runOf(document);
    const results = this.lines(document).find(([line]) => line === position.line)?.[1];
    if (!run || !results) return undefined;
    const { text } = document.lineAt(position.line);
    return new vscode.Hover(results.map((result) => hoverText(run, result)), new vscode.Range(position.line, text.length - text.trimStart().length, position.line, text.length));
  }
}

function decoration(document: vscode.TextDocument, line: number, results: LineResult[]): vscode.DecorationOptions {
  const end = document.lineAt(line).range.end;
  const shown = results.find((result) => result.tone === 'error') ?? results.find((result) => result.tone === 'warning') ?? results[0];
  // Layers that share a line share its room: the worst one's picture, everyone's figures.
  const text = results.length === 1 ? shown.text : results.map((result) => `${result.title} ${result.text}`).join(' | ');
  const picture = (theme: Theme): vscode.ThemableDecorationInstanceRenderOptions => ({
    before: {
      contentIconPath: vscode.Uri.parse(sparkline(shown.series, { width: 64, height: 13, tone: shown.tone, theme, log: shown.log })),
      margin: '0 0.6em 0 2.5em',
    },
  });
  return {
    range: new vscode.Range(end, end),
    renderOptions: {
      light: picture('light'),
      dark: picture('dark'),
      after: { contentText: text, color: new vscode.ThemeColor(colors[shown.tone]), fontStyle: 'normal' },
    },
  };
}

const dark = (): boolean => [vscode.ColorThemeKind.Dark, vscode.ColorThemeKind.HighContrast].includes(vscode.window.activeColorTheme.kind);

function hoverText(run: Run, result: LineResult): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: ['adamscope.openDashboard', 'adamscope.toggleInlineResults', 'adamscope.openRule'] };
  const command = (id: string, ...args: unknown[]) => `command:${id}?${encodeURIComponent(JSON.stringify(args))}`;
  text.appendMarkdown('**').appendText(result.title).appendMarkdown('**\n\n');
  const picture = chart(result.series, { ...result, width: 360, height: 100, theme: dark() ? 'dark' : 'light', format: formatNumber });
  text.appendMarkdown(`![${vscode.l10n.t('Curve over steps {0} to {1}', result.from, result.to)}](${picture})\n\n`);
  const rows = result.table.filter(([name]) => name);
  text.appendMarkdown('| | |\n|---|---|\n' + rows.map(([name, value]) => `| ${cell(name)} | ${cell(value)} |\n`).join('') + '\n');
  for (const [name, note] of result.table) if (!name) text.appendText(note).appendMarkdown('\n\n');
  for (const finding of findingsAt(run, result.path)) {
    text.appendMarkdown('$(warning) ').appendText(finding.title).appendMarkdown(` [${vscode.l10n.t('Documentation')}](${command('adamscope.openRule', finding.rule)})\n\n`);
  }
  return text.appendMarkdown(
    `[$(graph-line) ${vscode.l10n.t('Open Dashboard')}](${command('adamscope.openDashboard', run.folder)}) · ` +
      `[${vscode.l10n.t('Turn inline results off')}](${command('adamscope.toggleInlineResults')})`,
  );
}

const cell = (text: string): string => text.replace(/[|\\`*_[\]<>]/g, (symbol) => `\\${symbol}`);
