import * as vscode from 'vscode';
import type { Edit, Remedy } from '../../engine/diagnosis/finding';
import { preferredEdits } from './preferred';
import type { Problem, Problems } from './problems';
import { fits, runFiles, textEdit } from './runFile';

/** The remedies of a finding as Quick Fixes, best first; then what concerns the rule itself. */
export class QuickFixes implements vscode.CodeActionProvider {
  constructor(private readonly problems: Problems) {}

  register(): vscode.Disposable {
    return vscode.languages.registerCodeActionsProvider(runFiles, this, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] });
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const all = this.problems.of(document);
    const here = all.filter(({ diagnostic }) => diagnostic.range.intersection(range));
    const action = (title: string, edits: readonly Edit[], { diagnostic }: Problem, isPreferred = false) =>
      Object.assign(new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix), { edit: workspaceEdit(document, edits), diagnostics: [diagnostic], isPreferred });
    // What only follows from another fault on the same value goes with it.
    const causes = here.filter(({ finding }) => !here.some((other) => other.finding.id === finding.symptomOf));
    const remedies = causes.flatMap((problem) => problem.finding.remedies
      .filter((remedy) => fits(document, remedy.edits))
      .map((remedy, i) => action(remedyTitle(remedy), remedy.edits, problem, i === 0 && !problem.finding.symptomOf)));
    const verifications = causes.flatMap((problem) => problem.finding.remedies.flatMap((remedy, i) => (remedy.verified ? [] : [verification(problem, remedy, i)])));
    const together = preferredEdits(all.map(({ finding }) => finding));
    const fixAll = here.length > 0 && together.count > 1 && fits(document, together.edits)
      ? [action(vscode.l10n.t('Fix all {0} causes', together.count), together.edits, here[0])]
      : [];
    return merged([...remedies, ...fixAll, ...verifications, ...here.flatMap((problem) => ruleActions(problem, action))]);
  }
}

/** Trains with and without the remedy; it changes nothing. */
const verification = ({ run, finding, diagnostic }: Problem, remedy: Remedy, index: number): vscode.CodeAction =>
  Object.assign(new vscode.CodeAction(vscode.l10n.t('Verify: {0}', remedy.title), vscode.CodeActionKind.QuickFix), {
    command: { title: vscode.l10n.t('Verify'), command: 'adamscope.verifyRemedy', arguments: [run, JSON.stringify({ finding: finding.id, remedy: index })] },
    diagnostics: [diagnostic],
  });

/** Problems of one value share remedies and rules: each is offered once, for all of them. */
function merged(actions: readonly vscode.CodeAction[]): vscode.CodeAction[] {
  const kept = new Map<string, vscode.CodeAction>();
  for (const action of actions) {
    const key = JSON.stringify([action.title, action.edit?.entries().map(([, edits]) => edits)]);
    const same = kept.get(key);
    if (!same) kept.set(key, action);
    else Object.assign(same, { diagnostics: [...same.diagnostics!, ...action.diagnostics!], isPreferred: same.isPreferred || action.isPreferred });
  }
  return [...kept.values()];
}

function ruleActions(problem: Problem, action: (title: string, edits: readonly Edit[], problem: Problem) => vscode.CodeAction): vscode.CodeAction[] {
  const { rule } = problem.finding;
  const documentation = Object.assign(new vscode.CodeAction(vscode.l10n.t('Show documentation for {0}', rule), vscode.CodeActionKind.QuickFix), {
    command: { title: vscode.l10n.t('Show documentation'), command: 'adamscope.openRule', arguments: [rule] },
    diagnostics: [problem.diagnostic],
  });
  return [action(vscode.l10n.t('Disable {0} in this file', rule), [{ path: `diagnose.rules.${rule}`, value: 'off' }], problem), documentation];
}

export const remedyTitle = (remedy: Remedy): string =>
  remedy.verified ? `${remedy.title} (${vscode.l10n.t('verified: {0}', remedy.verified.verdict)})` : remedy.title;

function workspaceEdit(document: vscode.TextDocument, edits: readonly Edit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, [textEdit(document, edits)]);
  return edit;
}
