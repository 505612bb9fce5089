import path from 'node:path';
import * as vscode from 'vscode';
import type { Finding, Severity } from '../../engine/diagnosis/finding';
import type { Sessions } from '../engine/sessions';
import type { Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { refusalPlace } from './refusal';
import { rulePage } from '../rulePage';
import { isRunFile, rangeOf, valueAt } from './runFile';
import { openFindings, valueIn } from './staleness';

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

export interface Problem {
  diagnostic: vscode.Diagnostic;
  finding: Finding;
  run: Run;
}

/** Findings of the newest run of each run file, on the very key that is at fault; and what the engine refused. */
export class Problems {
  private readonly collection = vscode.languages.createDiagnosticCollection('adamscope');
  private readonly byFile = new Map<string, Problem[]>();
  private readonly refusals = new Map<string, string>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly extensionUri: vscode.Uri, private readonly store: RunStore, sessions: Sessions) {
    this.disposables = [
      this.collection,
      store.onDidChange(({ kind, run }) => { if (kind !== 'steps' && kind !== 'renamed') void this.refreshRun(run); }),
      sessions.onDidChange((session) => { if (session.state === 'starting' && session.runFile) this.clear(session.runFile); }),
      vscode.workspace.onDidOpenTextDocument((document) => this.refresh(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0) return;
        this.refusals.delete(document.uri.fsPath); // the place may have moved or been mended: the next training will say
        this.refresh(document);
      }),
    ];
    vscode.workspace.textDocuments.forEach((document) => this.refresh(document));
  }

  /** Problems of a run file, for Quick Fixes. */
  of(document: vscode.TextDocument): readonly Problem[] {
    return this.byFile.get(document.uri.fsPath) ?? [];
  }

  /** The engine would not train this run file: `message` is its sentence, which starts with the place. */
  async refuse(runFile: string, message: string): Promise<void> {
    this.refusals.set(runFile, message);
    this.refresh(await vscode.workspace.openTextDocument(runFile));
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private clear(runFile: string): void {
    this.refusals.delete(runFile);
    this.byFile.delete(runFile);
    this.collection.delete(vscode.Uri.file(runFile));
  }

  private async refreshRun(run: Run): Promise<void> {
    const { runFile } = run.header;
    if (!runFile) return;
    const open = vscode.workspace.textDocuments.find((document) => document.uri.fsPath === path.normalize(runFile));
    // The Problems view lists a run that ended behind a closed editor too; a run that lies on disk waits until its file is opened.
    const document = open ?? (run.loaded ? await vscode.workspace.openTextDocument(runFile).then((d) => d, () => undefined) : undefined);
    if (document) this.refresh(document);
  }

  private refresh(document: vscode.TextDocument): void {
    if (!isRunFile(document.uri)) return;
    const run = this.store.latestOf(document.uri.fsPath);
    if (run && !run.loaded) this.store.ensureLoaded(run).catch(() => {});
    const problems = run ? this.problems(document, run) : [];
    const refusal = this.refusals.get(document.uri.fsPath);
    this.byFile.set(document.uri.fsPath, problems);
    this.collection.set(document.uri, [...problems.map(({ diagnostic }) => diagnostic), ...(refusal ? [refusalDiagnostic(document, refusal)] : [])]);
  }

  private problems(document: vscode.TextDocument, run: Run): Problem[] {
    const text = document.getText();
    const open = openFindings(run.findings, (key) => valueAt(text, key), (key) => valueIn(run.header.config, key));
    return open.filter((finding) => !folded(finding, open)).map((finding) => ({ finding, run, diagnostic: diagnosticOf(document, finding, open, rulePage(this.extensionUri, finding.rule)) }));
  }
}

/** A symptom on the very key of its cause says nothing new there: the cause names it. */
const folded = ({ symptomOf, target }: Finding, all: readonly Finding[]): boolean =>
  all.some(({ id, target: { path } }) => id === symptomOf && path === target.path);

/** A cause is underlined and listed; of a symptom, which its cause leads to, the editor keeps a mark and the hover. */
function diagnosticOf(document: vscode.TextDocument, finding: Finding, all: readonly Finding[], page: vscode.Uri): vscode.Diagnostic {
  const cause = all.find((other) => other.id === finding.symptomOf);
  const diagnostic = new vscode.Diagnostic(
    rangeOf(document, finding.target.path),
    `${finding.title}. ${finding.explanation}`,
    cause ? vscode.DiagnosticSeverity.Hint : severities[finding.severity],
  );
  diagnostic.source = 'Adamscope';
  // VS Code does not follow command links from here: the page itself, not its preview.
  diagnostic.code = { value: finding.rule, target: page };
  const related = (other: Finding, words: string) =>
    new vscode.DiagnosticRelatedInformation(new vscode.Location(document.uri, rangeOf(document, other.target.path)), words);
  diagnostic.relatedInformation = [
    ...(cause ? [related(cause, vscode.l10n.t('Follows from: {0}', cause.title))] : []),
    ...all.filter((other) => other.symptomOf === finding.id).map((symptom) => related(symptom, vscode.l10n.t('Leads to: {0}', symptom.title))),
  ];
  return diagnostic;
}

function refusalDiagnostic(document: vscode.TextDocument, message: string): vscode.Diagnostic {
  const { line, column, path: key, text } = refusalPlace(message, document.uri.fsPath);
  const start = new vscode.Position(line ?? 0, column ?? 0);
  const range = key === undefined ? (document.getWordRangeAtPosition(start, /"[^"]*"|[^\s,:[\]{}"]+/) ?? document.lineAt(start).range) : rangeOf(document, key);
  const diagnostic = new vscode.Diagnostic(range, text, vscode.DiagnosticSeverity.Error);
  diagnostic.source = 'Adamscope';
  return diagnostic;
}
