import * as vscode from 'vscode';
import { rm } from 'node:fs/promises';
import type { Over } from '../engine/report/comparison';
import type { Sessions } from './engine/sessions';
import type { Training } from './engine/training';
import type { Named, Verifications } from './engine/verification';
import type { InlineResults } from './editor/inlineResults';
import { revealKey, runFileName } from './editor/runFile';
import type { Dashboards } from './panel/dashboard';
import { isResumable, isTraining, type Run } from './runs/run';
import { namedRunFile, outcome, pickRun, pickRunFile, type Target } from './runs/pick';
import type { RunStore } from './runs/runStore';
import { rulePage } from './rulePage';
import { pickSweepFile } from './search/sweepFile';
import type { Sweeps } from './search/sweeps';
import { requireTrust } from './trust';

export interface Parts {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  store: RunStore;
  sessions: Sessions;
  training: Training;
  verifications: Verifications;
  sweeps: Sweeps;
  dashboards: Dashboards;
  inlineResults: InlineResults;
  /** Resolves when the runs on disk are known. */
  ready: () => Promise<void>;
  rescan: () => Promise<void>;
}

/** `argument`: of a link or a Quick Fix. `selected`: where it is called from a menu of the Runs view. */
type Command = (target?: Target, argument?: string, selected?: readonly Run[]) => unknown;

/** A command for the sweep file that is meant. */
const onSweepFile = (act: (uri: vscode.Uri) => unknown): Command => async (target) => {
  const uri = await pickSweepFile(target);
  if (uri) await act(uri);
};

/** Every command, by the name after "adamscope.". A failure is shown as its sentence. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const { context, log, store, sessions, training, verifications, sweeps, dashboards, inlineResults, ready, rescan } = parts;
  const noRuns = vscode.l10n.t('Nothing has been trained in this workspace yet.');

  const commands: Record<string, Command> = {
    async createRunFile(target) {
      const { createRunFile } = await import('./create/createRunFile');
      await createRunFile(context.extensionUri, target instanceof vscode.Uri ? target : undefined);
    },

    async train(target) {
      const uri = await pickRunFile(target);
      if (uri) await training.train(uri);
    },

    async previewData(target) {
      const uri = await pickRunFile(target);
      if (!uri) return;
      const { previewData } = await import('./preview/dataPreview');
      await previewData(uri, sessions);
    },

    async stop(target) {
      const session = await liveSession(sessions, store, target);
      if (session) await sessions.stop(session);
    },

    async resume(target) {
      await ready();
      const run = await pickRun(store, target, isResumable, vscode.l10n.t('No run of this workspace can be resumed.'));
      if (run) await training.resume(run);
    },

    async openDashboard(target) {
      await ready();
      const file = namedRunFile(target);
      const session = file && sessions.ofRunFile(file.fsPath);
      // A training that was only just asked for: its run is meant, not the one before.
      if (session) await sessions.begun(session);
      const run = await pickRun(store, target, () => true, noRuns);
      if (run) dashboards.show(run);
    },

    async evaluateRun(target) {
      await ready();
      const run = await pickRun(store, target, (candidate) => !isTraining(candidate), noRuns);
      if (!run) return;
      const { evaluateRun } = await import('./evaluation/evaluateRun');
      await evaluateRun(run, sessions);
    },

    async exportModel(target) {
      if (!(await requireTrust())) return;
      await ready();
      const run = await pickRun(store, target, (candidate) => !isTraining(candidate), noRuns);
      if (!run) return;
      const folder = vscode.Uri.file(run.header.runFile ?? run.folder);
      const out = await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.joinPath(folder, '..', `${run.header.runFile ? runFileName(folder) : 'model'}.onnx`),
        filters: { ONNX: ['onnx'] },
        title: vscode.l10n.t('Export Model'),
      });
      if (!out) return;
      const progress = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Exporting the model') };
      const { file, bytes } = await vscode.window.withProgress(progress, () => sessions.once((engine) => engine.export({ run: run.folder, out: out.fsPath })));
      const reveal = vscode.l10n.t('Reveal');
      const answer = await vscode.window.showInformationMessage(vscode.l10n.t('Exported {0} ({1} kB).', file, Math.ceil(bytes / 1024)), reveal);
      if (answer === reveal) await vscode.commands.executeCommand('revealInExplorer', out);
    },

    async verifyRemedy(target, argument) {
      await ready();
      const run = await pickRun(store, target, (candidate) => !isTraining(candidate) && candidate.findings.some(({ remedies }) => remedies.length > 0), vscode.l10n.t('No run of this workspace has a remedy.'));
      if (!run) return;
      await store.ensureLoaded(run);
      const named = argument === undefined ? await pickRemedy(run) : (JSON.parse(argument) as Named);
      if (named) await verifications.verify(run, named);
    },

    async fixRunFile(target) {
      await ready();
      const run = await pickRun(store, target, (candidate) => !isTraining(candidate), noRuns);
      if (run) await verifications.fix(run);
    },

    async suggestLearningRate(target) {
      const uri = await pickRunFile(target);
      if (!uri) return;
      const { suggestLearningRate } = await import('./search/suggestLearningRate');
      await suggestLearningRate(uri, sessions);
    },

    async installCuda() {
      const { installCuda } = await import('./engine/installCuda');
      await installCuda(sessions);
    },

    async setLearningRate(target, argument) {
      const value = Number(argument);
      if (typeof target !== 'string' || !(value > 0)) return;
      const { setLearningRate } = await import('./search/suggestLearningRate');
      await setLearningRate(target, value);
    },

    runSweep: onSweepFile((uri) => sweeps.run(uri)),
    resumeSweep: onSweepFile((uri) => sweeps.resume(uri)),
    showSweep: onSweepFile((uri) => sweeps.show(uri)),
    stopSweep: onSweepFile((uri) => sweeps.stop(uri)),

    async compareRuns(target, argument, selected) {
      await ready();
      const { pickRuns, showComparison } = await import('./search/compareRuns');
      // From a link of the page: folders and what the curves are drawn over; from the Runs view: all that are selected.
      if (typeof target === 'string') return showComparison((JSON.parse(target) as string[]).flatMap((folder) => store.get(folder) ?? []), argument as Over | undefined);
      const runs = selected?.filter(({ folder }) => store.get(folder)) ?? (await pickRuns(store));
      if (runs) showComparison(runs);
    },

    showLog: () => log.show(),

    clearInlineResults: () => inlineResults.clear(),

    toggleInlineResults() {
      const settings = vscode.workspace.getConfiguration('adamscope');
      return settings.update('inlineResults.enabled', !settings.get('inlineResults.enabled', true), vscode.ConfigurationTarget.Global);
    },

    async renameRun(target) {
      const run = await pickRun(store, target, () => true, noRuns);
      if (!run) return;
      const title = await vscode.window.showInputBox({ prompt: vscode.l10n.t('New name of the run'), value: run.title, validateInput: (text) => (text.trim() ? undefined : vscode.l10n.t('A run needs a name.')) });
      if (title === undefined) return;
      const { writeTitle } = await import('./runs/storedRuns');
      writeTitle(run.folder, title.trim());
      store.rename(run, title.trim());
    },

    async deleteRun(target) {
      const run = await pickRun(store, target, (candidate) => !isTraining(candidate), noRuns);
      if (!run) return;
      const remove = vscode.l10n.t('Delete');
      const detail = vscode.l10n.t('{0}\nIts measurements, checkpoints and model are removed from disk.', outcome(run));
      const answer = await vscode.window.showWarningMessage(vscode.l10n.t('Delete the run {0}?', run.title), { modal: true, detail }, remove);
      if (answer !== remove) return;
      await rm(run.folder, { recursive: true, force: true });
      store.remove(run);
    },

    async openRunFile(target) {
      const uri = await pickRunFile(target);
      if (uri) await vscode.window.showTextDocument(uri);
    },

    async openKey(target, path = '') {
      const run = await pickRun(store, target, () => true, noRuns);
      if (run?.header.runFile) await revealKey(vscode.Uri.file(run.header.runFile), path);
    },

    async openRule(target) {
      const rule = typeof target === 'string' && /^[\w-]+$/.test(target) ? target : undefined;
      if (rule) await vscode.commands.executeCommand('markdown.showPreview', rulePage(context.extensionUri, rule));
    },

    refreshRuns: () => rescan(),
  };

  const guarded = (run: Command) => async (target?: Target, argument?: string | Run[]) => {
    try {
      await (Array.isArray(argument) ? run(target, undefined, argument) : run(target, argument));
    } catch (error) {
      log.error(error as Error);
      void vscode.window.showErrorMessage((error as Error).message);
    }
  };
  return vscode.Disposable.from(...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`adamscope.${name}`, guarded(run))));
}

async function pickRemedy(run: Run): Promise<Named | undefined> {
  const items = run.findings.flatMap(({ id, title, remedies }) => remedies.map((remedy, i) => ({ label: remedy.title, detail: title, named: { finding: id, remedy: i } })));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Verify which remedy?'), matchOnDetail: true }))?.named;
}

async function liveSession(sessions: Sessions, store: RunStore, target: Target) {
  const live = sessions.all();
  const file = namedRunFile(target);
  const folder = typeof target === 'string' ? target : target && 'folder' in target ? target.folder : undefined;
  const own = (folder !== undefined ? sessions.ofRun(folder) : undefined) ?? (file && sessions.ofRunFile(file.fsPath));
  if (own || live.length < 2) return own ?? live[0];
  const items = live.map((session) => ({ label: session.runFile ? vscode.workspace.asRelativePath(session.runFile) : (store.get(session.run ?? '')?.title ?? ''), session }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Stop which training?') }))?.session;
}
