import * as vscode from 'vscode';
import { startEngine } from '../engine/host/client';
import { registerCommands } from './commands';
import { trackContext } from './context';
import { InlineResults } from './editor/inlineResults';
import { RunFileLenses } from './editor/lenses';
import { Problems } from './editor/problems';
import { QuickFixes } from './editor/quickFixes';
import { registerSchedulePreview } from './editor/schedulePreview';
import { Sessions } from './engine/sessions';
import { Training } from './engine/training';
import { Verifications } from './engine/verification';
import { Dashboards, viewType } from './panel/dashboard';
import { RunStore } from './runs/runStore';
import { watchStoredRuns } from './runs/watch';
import { registerLearningRateActions } from './search/learningRateActions';
import { SweepFileLenses } from './search/sweepLenses';
import { Sweeps } from './search/sweeps';
import { StatusBar } from './statusBar';
import { TrainTasks } from './tasks';
import { RunsView } from './tree/runsView';

/** Registers everything; what is heavy (readers of runs, the engine) is loaded when it is first needed. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Adamscope', { log: true });
  const store = new RunStore(async (folder) => (await import('./runs/storedRuns')).loadRun(folder));
  const sessions = new Sessions((events) => startEngine({ script: context.asAbsolutePath('dist/engine.js'), events }), store, (level, message) => log[level](message));
  const problems = new Problems(context.extensionUri, store, sessions);
  const training = new Training(sessions, store, problems, log);
  const stored = watchStoredRuns(store, log);
  const dashboards = new Dashboards(context.extensionUri, store, stored.ready);
  const inlineResults = new InlineResults(store);
  const sweeps = new Sweeps(sessions, log);

  context.subscriptions.push(
    log,
    sessions,
    problems,
    stored,
    dashboards,
    inlineResults,
    new RunFileLenses(store, sessions, stored.ready),
    sweeps,
    new SweepFileLenses(sweeps),
    new QuickFixes(problems).register(),
    registerLearningRateActions(),
    registerSchedulePreview(store),
    new RunsView(store),
    new StatusBar(sessions, store),
    trackContext(store, sessions, sweeps),
    sessions.onEvent((event) => { if (event.type === 'notice') log.info(event.message); }),
    vscode.window.registerWebviewPanelSerializer(viewType, dashboards),
    vscode.tasks.registerTaskProvider('adamscope', new TrainTasks(training, sessions, store)),
    registerCommands({ context, log, store, sessions, training, verifications: new Verifications(sessions, store), sweeps, dashboards, inlineResults, ...stored }),
  );
}
