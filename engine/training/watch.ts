import { diagnose } from '../diagnosis/diagnose';
import type { Finding } from '../diagnosis/finding';
import type { History } from '../run/history';
import type { RunHeader, StepRecord } from '../run/record';
import { measureSharpness } from './sharpness';
import type { Training } from './setup';

/** Rules whose findings a measured sharpness can explain, and compute a learning rate for. */
const explained = new Set(['gradient-exploding', 'loss-oscillating', 'update-ratio', 'loss-not-decreasing']);

/**
 * Judges a run while it lives. When it looks depends on the step only, never on the clock, so that the same run always measures the same
 * steps: every tenth at first, then ever more rarely, so that looking at a growing record costs a constant share.
 */
export class Watch {
  findings: Finding[] = [];
  /** The last look found something new. */
  changed = false;
  private next = 10;

  /** A resumed run looks at the same steps as one that was not interrupted. */
  constructor(private readonly training: Training, private readonly header: RunHeader, private readonly history: History) {
    const done = history.steps.at(-1)?.step ?? 0;
    for (let step = 1; step <= done; step++) this.due(step);
  }

  /** Looks at the record after a step if it is due, or `now`; may add the sharpness to the step. */
  async look(step: StepRecord, now: boolean): Promise<void> {
    this.changed = false;
    const { sharpness } = this.training.config.diagnose;
    const every = typeof sharpness === 'object' ? sharpness.everySteps : undefined;
    if (every !== undefined && step.step % every === 0) await this.measure(step);
    if (!this.due(step.step) && !now) return;
    const before = this.findings.map(({ id }) => id).join();
    this.judge();
    const unmeasured = !this.history.steps.some((s) => s.sharpness !== undefined);
    if (sharpness === 'onFinding' && unmeasured && Number.isFinite(step.loss) && this.findings.some(({ rule }) => explained.has(rule))) {
      await this.measure(step);
      this.judge();
    }
    this.changed = this.findings.map(({ id }) => id).join() !== before;
  }

  private due(step: number): boolean {
    if (step < this.next) return false;
    this.next = step + Math.max(10, Math.ceil(step / 10));
    return true;
  }

  /** A finding stays even after the rows that showed it were thinned. */
  judge(): void {
    const found = diagnose({ header: this.header, steps: this.history.steps });
    this.findings = [...found, ...this.findings.filter(({ id }) => !found.some((finding) => finding.id === id))];
  }

  private async measure(step: StepRecord): Promise<void> {
    const value = await measureSharpness(this.training, await this.training.session(this.training.batch), step.step);
    if (value !== undefined) step.sharpness = value;
  }
}
