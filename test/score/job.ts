/** One case with one seed in a process of its own: trains, diagnoses, tries to repair, writes the result. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../engine/diagnosis/finding';
import type { EngineEvents, RunResult } from '../../engine/host/protocol';
import { lossType, type OneLossConfig } from '../../engine/loss';
import { writeAtomically } from '../../engine/run/file';
import { readRun } from '../../engine/run/folder';
import { limitThreads } from '../../engine/runtime/ort';
import { trainNew } from '../../engine/training/run';
import { fixRun } from '../../engine/verification/fix/fix';
import { type Case, readCases } from './cases';
import { cappedEpochs, stepSeconds } from './cost';
import { translate } from './keras/translate';
import { referencesFor } from './references';
import type { CaseResult, Digest, Job, TrainingResult } from './result';

limitThreads(1);

/** A repair may make so many times the updates of its run, or more where they take less than so many seconds; but never more than so many times what a run is cut to. */
const [mostRuns, cheap, cuts] = [24, 30, 3];

/** A run in the fewest epochs may take longer than `seconds`, what runs are cut to: then its own steps count as the cut. */
const repairSteps = (own: number, perStep: number, seconds: number): number =>
  Math.floor(Math.min(Math.max(mostRuns * own, cheap / perStep), cuts * Math.max(own, seconds / perStep)));

export async function runJob(job: Job): Promise<CaseResult> {
  const cases = readCases(job.folder);
  const one = [...cases, ...referencesFor(cases)].find(({ id }) => id === job.id) as Case;
  const result: CaseResult = { id: one.id, seed: job.seed, notes: [], epochs: [0, one.epochs], stepsPerEpoch: 0, findings: [] };
  const work = path.join(job.cache, 'runs', `${path.basename(job.out, '.json')}-${process.pid}`);
  try {
    const { runFile, notes, data } = translate(one, job.folder, path.join(job.cache, 'data'));
    const stepsPerEpoch = Math.ceil(one.dataset.n_train / one.batchSize);
    const perStep = stepSeconds(runFile.model.layers, data.dims, one.batchSize);
    const epochs = cappedEpochs(one.epochs, stepsPerEpoch, perStep, job.seconds);
    Object.assign(result, { notes, stepsPerEpoch, epochs: [epochs, one.epochs] });
    mkdirSync(work, { recursive: true });
    const file = path.join(work, 'case.train.json');
    writeFileSync(file, `${JSON.stringify({ ...runFile, epochs, seed: job.seed, diagnose: { level: 'standard' } }, null, 2)}\n`);
    const run = path.join(work, 'run');
    const began = performance.now();
    const trained = await trainNew({ runFile: file, out: run }, alarm((step) => (result.alarm ??= step)), () => {});
    result.trained = outcome(trained, (performance.now() - began) / 1000);
    result.findings = trained.findings.map(digest);
    if (serious(trained.findings)) {
      result.alarm ??= trained.steps;
      if (job.fix) result.fix = await repair(run, work, repairSteps(epochs * stepsPerEpoch, perStep, job.seconds));
    }
  } catch (error) {
    result.error = (error as Error).message;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return result;
}

/** What is judged is a whole run of the file that the repair writes, not what the repair says of itself. */
async function repair(run: string, work: string, steps: number): Promise<CaseResult['fix']> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  try {
    const { text, changes } = await fixRun(run, { steps, seeds: 0 });
    const file = path.join(work, 'fixed.train.json');
    writeFileSync(file, text);
    const trained = await trainNew({ runFile: file, out: path.join(work, 'fixed') }, { event() {}, log() {} }, () => {});
    return { seconds: seconds(), titles: changes.map(({ title }) => title), result: outcome(trained, seconds()) };
  } catch (error) {
    return { seconds: seconds(), titles: [], error: (error as Error).message };
  }
}

const serious = (findings: readonly Finding[]): boolean => findings.some(({ severity }) => severity !== 'information');

/** Tells at which step the first warning or error was raised; the reporter sends the steps so far before the findings. */
function alarm(raised: (step: number) => void): EngineEvents {
  let step = 0;
  return {
    event(event) {
      if (event.type === 'steps') step = event.steps.at(-1)?.step ?? step;
      if (event.type === 'findings' && serious(event.findings)) raised(step);
    },
    log() {},
  };
}

function outcome({ run, status, reason, steps, validation }: RunResult, seconds: number): TrainingResult {
  const { header, steps: records } = readRun(run);
  const end = records.at(-1)?.validation;
  const { loss } = header.config;
  return {
    status, reason, steps, seconds, kept: validation,
    ...(end && status !== 'diverged' && { last: { loss: end.loss, [header.metric]: end.metric } }),
    loss: lossType(loss as OneLossConfig),
  };
}

const digest = ({ id, rule, severity, title, step, lastStep, symptomOf, target, evidence, remedies }: Finding): Digest => ({
  id, rule, severity, title, step, lastStep, symptomOf, path: target.path,
  evidence: evidence.slice(0, 3).map(({ label, value, threshold }) => ({ label, value, threshold })),
  remedies: remedies.map(({ title: text, edits }) => ({ title: text, edits })),
});

if (process.argv[2]) {
  const job = JSON.parse(process.argv[2]) as Job;
  void runJob(job).then((result) => writeAtomically(job.out, `${JSON.stringify(result, null, 1)}\n`));
}
