import * as vscode from 'vscode';
import { readFile } from 'node:fs/promises';
import type { Finding } from '../../engine/diagnosis/finding';
import type { Run } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { requireTrust } from '../trust';
import { follow } from './follow';
import type { Sessions } from './sessions';

/** One remedy of a run. */
export interface Named {
  finding: string;
  /** 0-based. */
  remedy: number;
}

const seconds = (value: number): string => (value < 1 ? vscode.l10n.t('about a second') : vscode.l10n.t('about {0} seconds', Math.ceil(value)));

/** Trains again to judge a change: says beforehand what it will cost, shows how far it is, can be stopped. */
export class Verifications {
  constructor(private readonly sessions: Sessions, private readonly store: RunStore) {}

  /** Resolves once there is a verdict, or the user wanted none. */
  async verify(run: Run, named: Named): Promise<void> {
    if (!(await requireTrust())) return;
    const request = { run: run.folder, finding: named.finding, remedy: named.remedy + 1 };
    const plan = await this.sessions.once((engine) => engine.planVerification(request));
    const verify = vscode.l10n.t('Verify');
    const cost = vscode.l10n.t('{0} runs of at most {1} steps, {2}.', plan.runs, plan.steps, seconds(plan.seconds));
    if ((await vscode.window.showInformationMessage(vscode.l10n.t('Verify by training with and without this change?'), { modal: true, detail: cost }, verify)) !== verify) return;
    const result = await follow(this.sessions, vscode.l10n.t('Verifying'), (engine) => engine.verify(request));
    const { verified } = result.remedy;
    if (!verified) return;
    const findings = run.findings.map((finding): Finding => (finding.id === result.finding ? { ...finding, remedies: finding.remedies.map((remedy, i) => (i === named.remedy ? result.remedy : remedy)) } : finding));
    this.store.apply({ type: 'findings', run: run.folder, findings });
    // A notification shows little more than a line: the remedy, its curves and its numbers stand in the dashboard.
    const show = vscode.l10n.t('Show');
    void vscode.window.showInformationMessage(vscode.l10n.t('Verified: {0}.', verified.verdict), show).then((chosen) => chosen === show && vscode.commands.executeCommand('adamscope.openDashboard', run.folder));
  }

  /** Opens the repaired run file beside the old one; neither the old one nor any other file is changed. */
  async fix(run: Run): Promise<void> {
    if (!(await requireTrust())) return;
    const result = await follow(this.sessions, vscode.l10n.t('Repairing {0}', run.title), (engine) => engine.fix({ run: run.folder }));
    if (result.changes.length === 0) return void vscode.window.showInformationMessage(vscode.l10n.t('Nothing was changed: {0}.', result.reason));
    const { writeRepaired } = await import('../../engine/run/repaired');
    const file = vscode.Uri.file(writeRepaired(run.folder, result.text));
    const old = run.header.runFile === undefined ? undefined : vscode.Uri.file(run.header.runFile);
    if (!old || !(await readFile(old.fsPath).then(() => true, () => false))) return void vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('vscode.diff', old, file, vscode.l10n.t('{0}: as it is, repaired', vscode.workspace.asRelativePath(old)));
  }
}
