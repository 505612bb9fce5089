/** Repairs a run: tries the remedies of its findings, keeps what helps, diagnoses again, and writes what was changed as a run file. */
import type { Finding } from '../../diagnosis/finding';
import { RecordView } from '../../diagnosis/view';
import { InputError } from '../../errors';
import { parseRunFile } from '../../run/config';
import { readRun } from '../../run/folder';
import type { Cancel, Progress } from '../cancel';
import { compare } from '../compare';
import { DataCache, type Source, storedSource } from '../fork';
import type { Score } from '../score';
import { suggestLearningRate } from '../suggest';
import { secondsPerStep } from '../verify';
import { renewFindings } from '../findings';
import { annotated } from './annotate';
import { applied, type Candidate, type Change } from './change';
import { lastResorts } from './lastResorts';
import { faultsOf, race, type Runner } from './race';

export interface FixOptions {
  /** Updates that all runs together may make; default 24 times the run's own. */
  steps?: number;
  /** Seconds that they may take, by the speed of the run: fewer steps are made where they would take longer. */
  seconds?: number;
  /** Seeds of the order of the data that each change of the repair is verified with; default 3, 0 for no verification. */
  seeds?: number;
  device?: string;
}

export interface FixResult {
  status: 'fixed' | 'unchanged' | 'stopped';
  /** Why it ended. */
  reason: string;
  /** The new run file, with comments that say why; the old one where nothing was changed. */
  text: string;
  /** What was changed, in order. */
  changes: Change[];
  /** On the validation data, with the best weights of a whole run; of the part of it that was affordable where `share` is below 1. */
  before: Score & { faults: string[] };
  after: Score & { faults: string[] };
  /** Share of the whole run that both were judged by. */
  share: number;
  /** Candidates that were trained. */
  tried: number;
  /** Updates made. */
  steps: number;
}

const defaultRuns = 24;
const mostRounds = 3;
/** Remedies of one finding that are tried: they are ranked. */
const perFinding = 4;
/** Without a fault left, a change must gain so many levels of the error: a point of accuracy, 10 % of the variance. */
const worthwhile = 2;
/** A model whose error is below this is not polished further. */
const goodEnough = 0.01;
/** Steps of the paired runs that verify a change. */
const verificationSteps = 200;

/** Pure but for the training: the same run and options give the same repair, unless it is bound by seconds. */
export async function fixRun(run: string, { steps, seconds, seeds = 3, device }: FixOptions = {}, cancel?: Cancel, progress: (progress: Progress) => void = () => {}): Promise<FixResult> {
  const record = readRun(run);
  const source = storedSource(run, device);
  const findings = renewFindings(run, record);
  const wanted = steps ?? defaultRuns * record.header.totalSteps;
  const bound = seconds === undefined ? wanted : Math.min(wanted, Math.floor(seconds / secondsPerStep(record.steps)));
  const deadline = seconds === undefined ? Infinity : performance.now() + 1000 * seconds;
  const repair = new Repair(source, bound, deadline, cancel, (done, message) => progress({ done: Math.min(done, bound), total: bound, message }));
  return repair.run(findings, new RecordView(record), seeds);
}

/** What a round of a repair starts from. */
interface State {
  text: string;
  changes: Change[];
  runner?: Runner;
  findings: Finding[];
  view: RecordView;
}

class Repair {
  private readonly data = new DataCache();
  private spent = 0;
  private tried = 0;
  private share = 1;
  private before?: Runner;

  constructor(private readonly source: Source, private readonly bound: number, private readonly deadline: number, private readonly cancel: Cancel | undefined, private readonly progress: (done: number, message: string) => void) {}

  async run(findings: Finding[], view: RecordView, seeds: number): Promise<FixResult> {
    let state: State = { text: this.source.text, changes: [], findings, view };
    if (faultsOf(findings).length === 0) return this.result(state, 'the run has no fault');
    let reason = `${mostRounds} changes were made`;
    for (let round = 0; round < mostRounds; round++) {
      const next = await this.round(state, round);
      if (this.cancel?.reason !== undefined) return this.result(state, `stopped by ${this.cancel.reason}`, 'stopped');
      if (!next) {
        reason = state.changes.length === 0 ? 'nothing that was tried helps' : 'nothing more helps';
        break;
      }
      state = next;
      if (state.runner!.faults.length === 0 && state.runner!.score.error <= goodEnough) {
        reason = 'no fault is left';
        break;
      }
      if (this.spent >= this.bound || performance.now() > this.deadline) {
        reason = 'the steps or seconds that were allowed are used up';
        break;
      }
    }
    return this.result({ ...state, changes: await this.verify(state.changes, seeds) }, reason);
  }

  /** The best of all candidates; undefined where none is better than what there is. */
  private async round(state: State, round: number): Promise<State | undefined> {
    const faulty = faultsOf(state.findings).length > 0;
    const suggestion = await suggestLearningRate({ ...this.source, text: state.text }, { cancel: this.cancel, data: this.data, progress: ({ done, message }) => this.progress(this.spent + done, message) });
    this.spent += suggestion?.curve.length ?? 0;
    const trials = [...(faulty ? remediesOf(state.findings) : []), ...lastResorts({ view: state.view, learningRate: suggestion?.learningRate }, !faulty)];
    const candidates: Candidate[] = [{ text: state.text, changes: [] }, ...trials.flatMap((changes) => this.candidate(state.text, changes))];
    // The first round has most to find.
    const steps = (this.bound - this.spent) / (round === 0 ? 2 : 1);
    const raced = await race(this.source, candidates, { data: this.data, steps, deadline: this.deadline, cancel: this.cancel, progress: (done, message) => this.progress(this.spent + done, message) });
    if (!raced) return undefined;
    this.spent += raced.steps;
    this.tried += raced.tried;
    this.share = raced.share;
    const incumbent = raced.finalists.find(({ candidate }) => candidate.changes.length === 0)!;
    this.before ??= incumbent;
    const winner = choose(raced.finalists);
    const gain = incumbent.level - winner.level;
    const fewer = winner.faults.length < incumbent.faults.length && gain >= 0;
    if (winner === incumbent || !(fewer || (Number.isFinite(winner.level) && (gain >= worthwhile || (faulty && gain > 0))))) {
      state.runner = incumbent;
      return undefined;
    }
    return { text: winner.candidate.text, changes: [...state.changes, ...winner.candidate.changes], runner: winner, findings: winner.findings, view: new RecordView(winner.fork.record) };
  }

  /** None where the edit makes a run file that is refused. */
  private candidate(text: string, changes: Change[]): Candidate[] {
    try {
      const edited = applied(text, changes);
      parseRunFile(edited, this.source.origin.runFile);
      return [{ text: edited, changes }];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  }

  /** Each change against the run file before it. */
  private async verify(changes: readonly Change[], seeds: number): Promise<Change[]> {
    if (seeds < 2 || performance.now() > this.deadline) return [...changes];
    const verified: Change[] = [];
    let before = this.source;
    for (const change of changes) {
      const after = { ...before, text: applied(before.text, [change]) };
      const { config } = parseRunFile(before.text, before.origin.runFile);
      this.progress(this.spent, `verifying: ${change.title}`);
      const result = await compare(before, after, {
        steps: verificationSteps, seeds: Array.from({ length: seeds }, (_, i) => config.seed + i), generalisation: true, data: this.data, cancel: this.cancel,
      });
      verified.push({ ...change, ...(result && { verified: result }) });
      before = after;
    }
    return verified;
  }

  private result({ text, changes, runner, findings }: State, reason: string, status: FixResult['status'] = changes.length > 0 ? 'fixed' : 'unchanged'): FixResult {
    const none = { loss: NaN, error: NaN };
    const of = (from: Runner | undefined): FixResult['before'] => ({ ...(from?.score ?? none), faults: (from ? from.faults : faultsOf(findings)).map(({ rule }) => rule) });
    const heading = `Repaired by Adamscope from ${this.source.name}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}, each below a comment that says why.`;
    return {
      status, reason, changes,
      text: changes.length > 0 ? annotated(this.source.text, changes, heading) : text,
      before: of(this.before), after: of(runner ?? this.before), share: this.share, tried: this.tried, steps: this.spent,
    };
  }
}

/** Ranked remedies of the causes first, then those of what follows from them. */
function remediesOf(findings: readonly Finding[]): Change[][] {
  const roots = faultsOf(findings);
  const others = findings.filter((finding) => finding.severity !== 'information' && !roots.includes(finding));
  return [...roots, ...others].flatMap(({ remedies, title, rule }) => remedies.slice(0, perFinding).map((remedy): Change[] => [{ title: remedy.title, edits: remedy.edits, because: title, rule }]));
}

/** Levels of the error by which a last resort must be better than a remedy that a finding computed. */
const preferred = 2;

/** Among those whose errors are as good as equal: without a fault rather than with one, a remedy of a finding rather than a last resort, then the smallest loss. */
function choose(finalists: readonly Runner[]): Runner {
  const best = Math.min(...finalists.map(({ level }) => level));
  const computed = ({ candidate: { changes } }: Runner): boolean => changes.length > 0 && changes.every(({ rule }) => rule !== undefined);
  const rank = (runner: Runner): number => (runner.candidate.changes.length === 0 ? 0 : computed(runner) ? 1 : 2);
  const equal = finalists.filter((runner) => runner.level <= best + (computed(runner) ? preferred : 1));
  return [...equal].sort((a, b) => a.faults.length - b.faults.length || rank(a) - rank(b) || a.score.loss - b.score.loss)[0];
}
