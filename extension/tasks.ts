import * as vscode from 'vscode';
import type { Training } from './engine/training';
import type { Session, Sessions } from './engine/sessions';
import { formatMetric, formatNumber } from './runs/run';
import type { RunStore } from './runs/runStore';

interface TrainTask extends vscode.TaskDefinition {
  type: 'adamscope';
  /** Path of the run file, relative to the workspace folder. */
  runFile: string;
}

/** "adamscope: train digits.train.json", so that tasks.json and the task menu can train. */
export class TrainTasks implements vscode.TaskProvider {
  constructor(private readonly training: Training, private readonly sessions: Sessions, private readonly store: RunStore) {}

  async provideTasks(): Promise<vscode.Task[]> {
    const files = await vscode.workspace.findFiles('**/*.train.json', '**/{node_modules,.adamscope}/**', 200);
    return files.flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      return folder ? [this.task({ type: 'adamscope', runFile: vscode.workspace.asRelativePath(uri, false) }, folder)] : [];
    });
  }

  resolveTask({ definition, scope }: vscode.Task): vscode.Task | undefined {
    const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
    return folder && typeof definition.runFile === 'string' ? this.task(definition as TrainTask, folder) : undefined;
  }

  private task(definition: TrainTask, folder: vscode.WorkspaceFolder): vscode.Task {
    const execution = new vscode.CustomExecution(async () =>
      new TrainTerminal(vscode.Uri.joinPath(folder.uri, definition.runFile), this.training, this.sessions, this.store));
    return new vscode.Task(definition, folder, `train ${definition.runFile}`, 'adamscope', execution);
  }
}

/** One line per epoch; the exit code is that of the command line. */
class TrainTerminal implements vscode.Pseudoterminal {
  private readonly output = new vscode.EventEmitter<string>();
  private readonly end = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.output.event;
  readonly onDidClose = this.end.event;
  private session: Session | undefined;
  private epoch = -1;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly training: Training,
    private readonly sessions: Sessions,
    private readonly store: RunStore,
  ) {}

  async open(): Promise<void> {
    try {
      this.session = await this.training.train(this.uri);
    } catch (error) {
      return this.finish((error as Error).message, 2);
    }
    if (!this.session) return this.finish(vscode.l10n.t('Not started.'), 2);
    const watch = this.sessions.onEvent((event) => { if (event.run === this.session?.run && event.type === 'steps') this.report(event.run); });
    try {
      const { status, reason } = await this.session.result;
      this.finish(`${status}: ${reason}`, { finished: 0, diverged: 3, stopped: 130 }[status]);
    } catch (error) {
      this.finish((error as Error).message, (error as Error).name === 'InputError' ? 2 : 1);
    } finally {
      watch.dispose();
    }
  }

  /** Closing the terminal or Ctrl+C stops the training. */
  close(): void {
    if (this.session) void this.sessions.stop(this.session);
  }

  handleInput(data: string): void {
    if (data === '\x03') this.close();
  }

  private report(folder: string): void {
    const run = this.store.get(folder);
    const step = run?.steps.findLast((candidate) => candidate.validation) ?? run?.steps.at(-1);
    if (!run || !step || step.epoch === this.epoch) return;
    this.epoch = step.epoch;
    const validation = step.validation ? `  validation ${formatNumber(step.validation.loss)}  ${formatMetric(run.header.metric, step.validation.metric)}` : '';
    this.output.fire(`epoch ${step.epoch + 1}  loss ${formatNumber(step.loss)}${validation}\r\n`);
  }

  private finish(line: string, code: number): void {
    this.output.fire(`${line.replace(/\n/g, '\r\n')}\r\n`);
    this.end.fire(code);
  }
}
