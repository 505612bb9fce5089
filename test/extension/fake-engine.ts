/**
 * Stands in for dist/engine.js: speaks the same protocol and writes the same run folders, but makes its figures up, so that tests of the
 * editor are fast and show the same every time. The run file decides: a learning rate of 0.05 or more explodes; `"name": "dies"` ends the process.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createBirpc } from 'birpc';
import { InputError } from '../../engine/errors';
import { channel } from '../../engine/host/channel';
import type { EngineEvents, EngineFunctions, RunResult, TrainRequest } from '../../engine/host/protocol';
import { parseRunFile } from '../../engine/run/config';
import { createRunFolder, readRun, runFiles, runName, runsFolder, writeFindings, writeHeader, writeResult } from '../../engine/run/folder';
import type { RunHeader, StepRecord } from '../../engine/run/record';
import { StepWriter } from '../../engine/run/steps';
import { explodesAt, explosion, header as madeUp, step } from './syntheticRun';

const batch = 5;
const pause = Number(process.env.ADAMSCOPE_FAKE_PAUSE ?? 60);
let stopped = false;

const functions = {
  train({ runFile, set }: TrainRequest) {
    const { config } = parseRunFile(readFileSync(runFile, 'utf8'), runFile, { set });
    const name = config.name ?? runName(runFile);
    const header = madeUp({ name, runFile, config, startedAt: new Date().toISOString(), totalSteps: 45 * config.epochs });
    const folder = createRunFolder({ runs: runsFolder(path.dirname(runFile)), name });
    writeHeader(folder, header);
    return go(folder, header, [], StepWriter.open(folder, header));
  },
  resume({ run }: { run: string }) {
    const { header, steps } = readRun(run);
    return go(run, header, steps, StepWriter.open(run, header, { keepSteps: steps.length }));
  },
  async stop() { stopped = true; },
  async export({ run, out }: { run: string; out: string }) {
    if (!readRun(run).steps.length) throw new InputError('the run has no last checkpoint yet', { file: run });
    mkdirSync(path.dirname(out), { recursive: true });
    writeFileSync(out, 'model');
    return { file: out, bytes: 5 };
  },
} as unknown as EngineFunctions;

const rpc = createBirpc<EngineEvents, EngineFunctions>(functions, channel(process));
process.on('disconnect', () => process.exit(0));

async function go(folder: string, header: RunHeader, before: StepRecord[], writer: StepWriter): Promise<RunResult> {
  const explodes = (header.config.optimizer as { learningRate: number }).learningRate >= 0.05;
  const records = [...before];
  void rpc.event.asEvent({ type: 'started', run: folder, header, steps: before });
  while (records.length < header.totalSteps && !stopped) {
    const next = Array.from({ length: Math.min(batch, header.totalSteps - records.length) }, (_, i) => step(records.length + i + 1, { explodes, of: header }));
    next.forEach((record) => writer.append(record));
    records.push(...next);
    void rpc.event.asEvent({ type: 'steps', run: folder, steps: next });
    if (explodes && records.length === explodesAt + 4 * batch) void rpc.event.asEvent({ type: 'findings', run: folder, findings: explosion });
    if (header.name === 'dies' && records.length > explodesAt && before.length === 0) {
      writer.flush();
      process.stderr.write('native memory is gone\n', () => process.kill(process.pid, 'SIGKILL'));
      await new Promise(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  writer.close();
  const findings = explodes && records.length > explodesAt ? explosion : [];
  const last = records.at(-1)!;
  const result: RunResult = {
    run: folder, status: stopped ? 'stopped' : 'finished', reason: stopped ? 'stopped by the user' : `all ${header.config.epochs} epochs done`,
    epochs: last.epoch + 1, steps: last.step, train: { loss: last.loss }, findings,
  };
  writeFindings(folder, findings);
  writeResult(folder, result);
  writeFileSync(runFiles(folder).model, 'model');
  void rpc.event.asEvent({ type: 'ended', run: folder, result });
  return result;
}
