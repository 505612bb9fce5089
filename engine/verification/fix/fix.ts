/** Repairs a run: tries the remedies of its findings, keeps what helps, diagnoses again, and writes what was changed as a run file. */
import type { Finding } from '../../diagnosis/finding';
import { RecordView } from '../../diagnosis/view';
import { InputError } from '../../errors';
import { parseRunFile } from '../../run/config';
import { readRun } from '../../run/folder';
import type { Cancel, Progress } from '../cancel';
import { compare } from '../compare';
import { DataCache, Fork, type Source, storedSource } from '../fork';
import { rangeSteps } from '../rangeTest';
import type { Score } from '../score';
import { suggestLearningRate } from '../suggest';
import { defaultSeeds, secondsPerStep } from '../verify';
import { renewFindings } from '../findings';
import { annotated } from './annotate';
import { applied, type Candidate, type Change, without } from './change';
import { lastResorts, withOptimizers } from './lastResorts';
import { type Contender, faultsOf, Runner, Stored } from './contender';
import { affordable, race } from './race';

export interface FixOptions {
  /** Updates that all runs together may make; default 24 times the run's own. */
  steps?: number;
  /** Seconds that they may take, by the speed of the run: fewer steps are made where they would take longer. */
  seconds?: number;
  /** Seeds of the order of the data that each change of the repair is verified with; default 5, 0 for no verification. */
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
/** Fewer whole runs than this are spent on one race: a second one could not compare anything at the end of a run. */
const enoughForRounds = 6;
/** Share of what is left that a round may use when others are to follow: the first has most to find. */
const shares = [0.6, 0.6, 1];
/** Remedies of one finding that are tried: they are ranked. */
const perFinding = 4;
/** A range test is made where it takes no more than this share of the steps. */
const rangeTestShare = 0.1;
/** Without a fault left, a change must gain so many levels of the error: a point of accuracy, 10 % of the variance. */
const worthwhile = 2;
/** Steps of the paired runs that verify a change. */
const verificationSteps = 200;

/** Pure but for the training: the same run and options give the same repair, unless it is bound by seconds. */
export async function fixRun(run: string, { steps, seconds, seeds = defaultSeeds, device }: FixOptions = {}, cancel?: Cancel, progress: (progress: Progress) => void = () => {}): Promise<FixResult> {
  const record = readRun(run);
  const source = storedSource(run, device);
  const findings = renewFindings(run, record);
  const wanted = steps ?? defaultRuns * record.header.totalSteps;
  const bound = seconds === undefined ? wanted : Math.min(wanted, Math.floor(seconds / secondsPerStep(record.steps)));
  const deadline = seconds === undefined ? Infinity : performance.now() + 1000 * seconds;
  const repair = new Repair(source, bound, deadline, cancel, (done, message) => progress({ done: Math.min(done, bound), total: bound, message }));
  return repair.run(new Stored({ text: source.text, changes: [] }, record), findings, seeds);
}

class Repair {
  private readonly data = new DataCache();
  private spent = 0;
  private tried = 0;
  private share = 1;

  constructor(private readonly source: Source, private readonly bound: number, private readonly deadline: number, private readonly cancel: Cancel | undefined, private readonly progress: (done: number, message: string) => void) {}

  /** `findings`: of the run as it is. */
  async run(stored: Stored, findings: Finding[], seeds: number): Promise<FixResult> {
    if (faultsOf(findings).length === 0) return this.result(stored, stored, 'the run has no fault');
    const before = stored.known ? stored : await this.whole(stored.candidate);
    if (!before) return this.result(stored, stored, `stopped by ${this.cancel?.reason}`, 'stopped');
    let best: Contender = before;
    let reason = `${mostRounds} changes were made`;
    for (let round = 0; round < mostRounds; round++) {
      const next = await this.round(best, round === 0 ? findings : best.findings, round);
      if (this.cancel?.reason !== undefined) return this.result(before, best, `stopped by ${this.cancel.reason}`, 'stopped');
      if (!next) {
        reason = best === before ? 'nothing that was tried helps' : 'nothing more helps';
        break;
      }
      best = next;
      if (best.faults.length === 0 && best.good(this.share)) {
        reason = 'no fault is left';
        break;
      }
      if (this.used) {
        reason = 'the steps or seconds that were allowed are used up';
        break;
      }
    }
    best = await this.pruned(best);
    best.candidate.changes = await this.verify(best.candidate.changes, seeds);
    return this.result(before, best, reason);
  }

  private get used(): boolean {
    return this.spent >= this.bound || performance.now() > this.deadline;
  }

  /** The best of all candidates; undefined where none is better than what there is. */
  private async round(incumbent: Contender, findings: readonly Finding[], round: number): Promise<Contender | undefined> {
    const faulty = faultsOf(findings).length > 0;
    const situation = { view: new RecordView(incumbent.record), learningRate: await this.steepest(incumbent) };
    const runs = (this.bound - this.spent) / incumbent.header.totalSteps;
    const spend = runs < enoughForRounds ? runs : shares[round] * runs;
    const most = affordable(spend);
    const computed = faulty ? remediesOf(findings).slice(0, Math.max(perFinding, Math.floor(most / 3))) : [];
    const structural = computed.filter(([{ edits }]) => edits.every(({ path }) => /^(model|data)\b/.test(path))).slice(0, perFinding);
    const trials = [...computed, ...lastResorts(situation, round > 0), ...structural.flatMap((changes) => withOptimizers(situation, changes))];
    const candidates = trials.flatMap((changes) => this.candidate(incumbent.candidate, changes)).slice(0, most);
    if (candidates.length === 0) return undefined;
    const raced = await race(this.source, candidates, {
      data: this.data, incumbent, steps: spend * incumbent.header.totalSteps, deadline: this.deadline, cancel: this.cancel, progress: (done, message) => this.progress(this.spent + done, message),
    });
    if (!raced) return undefined;
    this.spent += raced.steps;
    this.tried += raced.tried;
    const { share } = raced;
    const winner = choose([incumbent, ...raced.finalists], incumbent, share);
    const gain = incumbent.level(share) - winner.level(share);
    const fewer = winner.faults.length < faultsOf(findings).length && gain >= 0;
    if (winner === incumbent || !(fewer || (Number.isFinite(winner.level(share)) && (gain >= worthwhile || (faulty && gain > 0))))) return undefined;
    this.share = Math.min(this.share, share);
    return winner;
  }

  /** Of a range test; undefined where it would take too much of the steps that are left. */
  private async steepest({ candidate }: Contender): Promise<number | undefined> {
    if (rangeSteps > rangeTestShare * (this.bound - this.spent)) return undefined;
    const suggestion = await suggestLearningRate({ ...this.source, text: candidate.text }, { cancel: this.cancel, data: this.data, progress: ({ done, message }) => this.progress(this.spent + done, message) });
    this.spent += suggestion?.curve.length ?? 0;
    return suggestion?.learningRate;
  }

  /** None where the edit makes a run file that is refused. */
  private candidate({ text, changes: before }: Candidate, changes: Change[]): Candidate[] {
    try {
      const edited = applied(text, changes);
      parseRunFile(edited, this.source.origin.runFile);
      return [{ text: edited, changes: [...before, ...changes] }];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  }

  /** Leaves out each change without which a run is as good: the new run file has only what is needed. */
  private async pruned(best: Contender): Promise<Contender> {
    for (let i = best.candidate.changes.length - 1; i >= 0 && best.candidate.changes.length > 1 && !this.used; i--) {
      const fewer = without(best.candidate.changes, i);
      const [candidate] = fewer ? this.candidate({ text: this.source.text, changes: [] }, fewer) : [];
      if (!candidate) continue;
      const shorter = await this.whole(candidate);
      if (!shorter) return best;
      if (shorter.level(this.share) <= best.level(this.share) && shorter.faults.length <= best.faults.length) best = shorter;
    }
    return best;
  }

  /** A run of its own; undefined where it was stopped. */
  private async whole(candidate: Candidate): Promise<Contender | undefined> {
    const runner = new Runner(candidate, await Fork.open({ ...this.source, text: candidate.text }, { data: this.data, measured: true }));
    try {
      this.progress(this.spent, candidate.changes.length === 0 ? 'the run as it is' : `without what may not be needed`);
      const done = await runner.advance(this.share, this.cancel);
      this.spent += runner.fork.step;
      return done ? runner : undefined;
    } finally {
      await runner.fork.release();
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

  private result(before: Contender, after: Contender, reason: string, status?: FixResult['status']): FixResult {
    const { changes } = after.candidate;
    const of = (contender: Contender): FixResult['before'] => ({ ...contender.score(this.share), faults: contender.faults.map(({ rule }) => rule) });
    const heading = `Repaired by Adamscope from ${this.source.name}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}, each below a comment that says why.`;
    return {
      status: status ?? (changes.length > 0 ? 'fixed' : 'unchanged'), reason, changes,
      text: changes.length > 0 ? annotated(this.source.text, changes, heading) : this.source.text,
      before: of(before), after: of(after), share: this.share, tried: this.tried, steps: this.spent,
    };
  }
}

/** The best remedy of every cause first, then those of what follows from them; then the second best. */
function remediesOf(findings: readonly Finding[]): Change[][] {
  const roots = faultsOf(findings);
  const others = findings.filter((finding) => finding.severity !== 'information' && !roots.includes(finding));
  const ordered = [...roots, ...others];
  const known = new Set<string>();
  return Array.from({ length: perFinding }, (_, rank) => ordered.flatMap(({ remedies, title, rule }) =>
    remedies.slice(rank, rank + 1).map((remedy): Change[] => [{ title: remedy.title, edits: remedy.edits, because: title, rule }]))).flat()
    .filter(([{ edits }]) => !known.has(JSON.stringify(edits)) && known.add(JSON.stringify(edits)));
}

/** Among those whose errors are as good as equal: without a fault rather than with one, as it is, a remedy of a finding rather than a last resort, then the smallest loss. */
function choose(finalists: readonly Contender[], incumbent: Contender, share: number): Contender {
  const best = Math.min(...finalists.map((one) => one.level(share)));
  const added = ({ candidate: { changes } }: Contender): Change[] => changes.slice(incumbent.candidate.changes.length);
  const rank = (one: Contender): number => (one === incumbent ? 0 : added(one).every(({ rule }) => rule !== undefined) ? 1 : 2);
  const equal = finalists.filter((one) => one.level(share) <= best + 1);
  return [...equal].sort((a, b) => a.faults.length - b.faults.length || rank(a) - rank(b) || a.score(share).loss - b.score(share).loss)[0];
}
