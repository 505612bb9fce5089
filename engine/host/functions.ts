import { InputError } from '../errors';
import { htmlReport } from '../report/html';
import { markdownReport } from '../report/markdown';
import { applyEdits } from '../run/edit';
import { writeAtomically } from '../run/file';
import { readRun, readResult, runFiles, runName } from '../run/folder';
import type { RunRecord } from '../run/record';
import { installCuda } from '../runtime/cuda';
import { listDevices } from '../runtime/devices';
import { previewData } from '../training/preview';
import { gradients, step } from '../training/reference';
import { evaluateRun, exportRun, readText, resumeRun, trainNew } from '../training/run';
import { performSweep } from '../sweep/perform';
import { measureStored } from '../training/sharpness';
import { Cancel } from '../verification/cancel';
import { findRemedy, keepVerified, renewFindings } from '../verification/findings';
import { fixRun } from '../verification/fix/fix';
import { suggestLearningRate } from '../verification/suggest';
import { planVerification, verifyRemedy } from '../verification/verify';
import { type EngineClient, startEngine } from './client';
import type { EngineEvents, EngineFunctions } from './protocol';

/** What `stop` ends in good order. */
interface Stoppable {
  stop(reason: string): void;
}

/** What the engine's process can do. One run at a time: a second one belongs into a process of its own. */
export function engineFunctions(events: EngineEvents): { functions: EngineFunctions; stop(reason: string): Promise<void> } {
  let current: Stoppable | undefined;
  let stopReason: string | undefined;
  let running: Promise<unknown> | undefined;

  /** Runs one training, or something that trains; a stop that came while it was being set up holds as well. */
  async function exclusively<T>(train: (started: (stoppable: Stoppable) => void) => Promise<T>): Promise<T> {
    if (running) throw new InputError('this engine is training already');
    const run = train((created) => {
      current = created;
      if (stopReason) created.stop(stopReason);
    });
    running = run;
    try {
      return await run;
    } finally {
      running = current = undefined;
    }
  }

  async function stop(reason: string): Promise<void> {
    stopReason = reason;
    current?.stop(reason);
    await running?.catch(() => {});
  }

  const functions: EngineFunctions = {
    train: (request) => exclusively((started) => trainNew(request, events, started)),
    resume: (request) => exclusively((started) => resumeRun(request, events, started)),
    memory: () => Promise.resolve(process.memoryUsage.rss()),
    stop: () => stop('the user'),
    evaluate: evaluateRun,
    export: exportRun,
    async diagnose({ run, sharpness, device, html, markdown }) {
      const record = readWholeRun(run);
      if (sharpness) await measureStored(run, record, device);
      const findings = renewFindings(run, record);
      const report = { record, findings, result: readResult(run) };
      if (html !== undefined) writeAtomically(html, htmlReport(report));
      if (markdown !== undefined) writeAtomically(markdown, markdownReport(report));
      return { findings };
    },
    async planVerification({ run, ...request }) {
      const { finding, remedy } = findRemedy(run, readWholeRun(run), request);
      return planVerification(run, finding, remedy, request);
    },
    verify: ({ run, ...request }) => exclusively(async (started) => {
      const cancel = new Cancel();
      started(cancel);
      const { finding, remedy } = findRemedy(run, readWholeRun(run), request);
      const verified = await verifyRemedy(run, finding, remedy, request, cancel, (progress) => events.event({ type: 'progress', run, ...progress }));
      if (!verified) return { status: 'stopped', finding: finding.id, remedy };
      return { status: 'done', finding: finding.id, remedy: keepVerified(run, finding, remedy, verified) };
    }),
    fix: ({ run, ...request }) => exclusively((started) => {
      const cancel = new Cancel();
      started(cancel);
      readWholeRun(run);
      return fixRun(run, request, cancel, (progress) => events.event({ type: 'progress', run, ...progress }));
    }),
    suggestLearningRate: ({ runFile, text, set, device, root }) => exclusively((started) => {
      const cancel = new Cancel();
      started(cancel);
      const source = { name: runName(runFile), text: applyEdits(text ?? readText(runFile), set ?? []), origin: { runFile, device, root } };
      return suggestLearningRate(source, { cancel, progress: (progress) => events.event({ type: 'progress', run: runFile, ...progress }) });
    }),
    sweep: (request) => exclusively(async (started) => {
      const engines: EngineClient[] = [];
      let reason: string | undefined;
      const stopEngine = ({ functions: { stop: end } }: EngineClient): void => void end().catch(() => {});
      started({
        stop(why) {
          reason ??= why;
          engines.forEach(stopEngine);
        },
      });
      return performSweep(request, () => {
        const engine = startEngine({ script: __filename, events: { event: () => {}, log: events.log } });
        engines.push(engine);
        if (reason !== undefined) stopEngine(engine);
        return engine;
      }, { table: (result) => events.event({ type: 'sweep', run: result.sweep, result }) });
    }),
    previewData,
    devices: listDevices,
    installCuda: (request) => exclusively((started) => {
      const cancel = new Cancel();
      started(cancel);
      return installCuda(request, cancel, (progress) => events.event({ type: 'progress', run: 'cuda', ...progress }));
    }),
    gradients,
    step,
  };
  return { functions: tellingFiles(functions), stop };
}

/** The record of a run that has ended must reach its end: findings of a part of it would be others. */
function readWholeRun(run: string): RunRecord {
  const record = readRun(run);
  const last = record.steps.at(-1)?.step ?? 0;
  const result = readResult(run);
  if (result && last < result.steps) throw new InputError(`the file is damaged: it ends at step ${last}, the run at step ${result.steps}`, { file: runFiles(run).steps });
  return record;
}

/** What the system refuses, such as a file that may not be written or a full disk, is nothing that a stack trace helps with. */
const tellingFiles = (functions: EngineFunctions): EngineFunctions =>
  Object.fromEntries(Object.entries(functions).map(([name, action]) => [name, async (argument: never) => {
    try {
      return await action(argument);
    } catch (error) {
      const { code, syscall, path, message } = error as NodeJS.ErrnoException;
      if (!code || !syscall) throw error;
      const reason = message.replace(`${code}: `, '').split(',')[0];
      throw new InputError(`the system refuses access: ${reason} (${code})`, path === undefined ? undefined : { file: path.replace(temporaryName, '$1') });
    }
  }])) as unknown as EngineFunctions;

/** A file while it is being written. */
const temporaryName = /\.([^/\\]+)\.\d+-[0-9a-f]{8}\.tmp$/;
