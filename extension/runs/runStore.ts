import path from 'node:path';
import type { RunEvent } from '../../engine/host/protocol';
import type { StepRecord } from '../../engine/run/record';
import { Emitter } from '../emitter';
import { isTraining, type Run } from './run';

export type RunChange =
  | { kind: 'added' | 'removed' | 'renamed' | 'loaded' | 'findings' | 'status'; run: Run }
  /** `from` is the position in `run.steps` of the first new one. */
  | { kind: 'steps'; run: Run; from: number };

/** Reads the steps and findings of a run that lies on disk. */
export type RunLoader = (folder: string) => Promise<Pick<Run, 'steps' | 'findings'>>;

/** All runs of the window. Everything that shows a run listens to `onDidChange`; only the store changes a run. */
export class RunStore {
  private readonly runs = new Map<string, Run>();
  private readonly loading = new Map<string, Promise<void>>();
  private readonly changes = new Emitter<RunChange>();
  readonly onDidChange = this.changes.event;

  constructor(private readonly load: RunLoader) {}

  /** Newest first. */
  all(): Run[] {
    return [...this.runs.values()].sort((a, b) => b.header.startedAt.localeCompare(a.header.startedAt));
  }

  get(folder: string): Run | undefined {
    return this.runs.get(folder);
  }

  /** The newest run of a run file. */
  latestOf(runFile: string): Run | undefined {
    return this.all().find((run) => run.header.runFile !== undefined && path.normalize(run.header.runFile) === path.normalize(runFile));
  }

  /** What the engine reports. */
  apply(event: RunEvent): void {
    if (event.type === 'started') return this.start(event.run, event);
    const run = this.runs.get(event.run);
    if (!run) return;
    switch (event.type) {
      case 'steps': {
        const from = append(run.steps, event.steps);
        return this.changes.fire({ kind: 'steps', run, from });
      }
      case 'findings':
        run.findings = event.findings;
        return this.changes.fire({ kind: 'findings', run });
      case 'ended':
        run.findings = event.result.findings;
        this.changes.fire({ kind: 'findings', run });
        return this.setStatus(run, event.result.status, event.result.reason);
      case 'failed':
        return this.setStatus(run, 'failed', event.message);
    }
  }

  /** The engine's process is gone: a run that was still training has failed. */
  fail(folder: string, reason: string): void {
    const run = this.runs.get(folder);
    if (run && isTraining(run)) this.setStatus(run, 'failed', reason);
  }

  /** Runs found on disk. Those that train or are shown already stay as they are: what this window knows of them is newer. */
  addStored(stored: readonly Run[]): void {
    for (const run of stored) {
      const known = this.runs.get(run.folder);
      if (!known) {
        this.runs.set(run.folder, run);
        this.changes.fire({ kind: 'added', run });
      } else if (!known.loaded && known.status !== run.status) {
        Object.assign(known, run);
        this.changes.fire({ kind: 'status', run: known });
      }
    }
  }

  /** Reads the steps of a run that lies on disk, once. Rejects with one sentence where they cannot be read. */
  async ensureLoaded(run: Run): Promise<void> {
    if (run.loaded) return;
    const pending = this.loading.get(run.folder) ?? this.readSteps(run);
    this.loading.set(run.folder, pending);
    await pending.finally(() => this.loading.delete(run.folder));
  }

  rename(run: Run, title: string): void {
    run.title = title;
    this.changes.fire({ kind: 'renamed', run });
  }

  remove(run: Run): void {
    if (this.runs.delete(run.folder)) this.changes.fire({ kind: 'removed', run });
  }

  private start(folder: string, { header, steps }: Extract<RunEvent, { type: 'started' }>): void {
    const known = this.runs.get(folder);
    const run: Run = known ?? { folder, title: header.name, header, status: 'training', reason: '', steps: [], findings: [], loaded: true };
    Object.assign(run, { header, status: 'training', reason: '', steps: [...steps], findings: [], loaded: true, summary: undefined });
    this.runs.set(folder, run);
    this.changes.fire({ kind: known ? 'loaded' : 'added', run });
    if (known) this.changes.fire({ kind: 'status', run });
  }

  private async readSteps(run: Run): Promise<void> {
    const { steps, findings } = await this.load(run.folder);
    if (run.loaded) return; // resumed in the meantime: the engine's steps are newer
    Object.assign(run, { steps, findings, loaded: true });
    this.changes.fire({ kind: 'loaded', run });
  }

  private setStatus(run: Run, status: Run['status'], reason: string): void {
    run.status = status;
    run.reason = reason;
    this.changes.fire({ kind: 'status', run });
  }
}

/** Appends in place and says where the new ones begin; a step that was there already (a resumed run) replaces the tail. */
function append(steps: StepRecord[], added: readonly StepRecord[]): number {
  while (added.length > 0 && steps.length > 0 && steps.at(-1)!.step >= added[0].step) steps.pop();
  const from = steps.length;
  for (const step of added) steps.push(step);
  return from;
}
