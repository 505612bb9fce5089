/** `npm run score -- DIR`: trains every case of a folder, compares findings with the published symptom, tries to repair. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../../engine/errors';
import { type Case, readCases } from './cases';
import { writeSection } from './document';
import { resultFile, runAll, stored } from './queue';
import { referencesFor } from './references';
import type { CaseResult, Job } from './result';
import { section, summary } from './text';
import { judge, ruleTable, totalsOf } from './verdict';

const help = `npm run score -- DIR [options]

Trains the cases of DIR (cases.json, data/), diagnoses and repairs them. Goes on where it was interrupted.

  --case ID     only this case, or those whose ids contain the text; may be given several times
  --seeds N     seeds 0 to N - 1 (default 3)
  --no-fix      only diagnose
  --jobs N      processes at once (default: cores)
  --seconds N   what a run is cut to, in seconds of computing (default 30), but three epochs or 1500 updates at least
  --json FILE   writes all results and verdicts
  --fresh       forgets earlier results
  --cache DIR   where data and results are kept (default ~/.cache/adamscope/score)
  --document    renews the section of docs/score.md`;

const options = {
  case: { type: 'string', multiple: true }, seeds: { type: 'string', default: '3' }, 'no-fix': { type: 'boolean', default: false }, jobs: { type: 'string' },
  seconds: { type: 'string', default: '30' }, json: { type: 'string' }, fresh: { type: 'boolean', default: false }, cache: { type: 'string' },
  document: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help || positionals.length !== 1) return void console.error(help);
  const folder = path.resolve(positionals[0]);
  const cache = path.resolve(values.cache ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'adamscope', 'score'));
  const [seeds, seconds, atOnce] = [values.seeds, values.seconds, values.jobs ?? String(availableParallelism())].map(Number);
  if (![seeds, seconds, atOnce].every((n) => n >= 1)) throw new InputError('--seeds, --seconds and --jobs take numbers from 1');
  const program = path.join(__dirname, 'score-job.js');
  const build = readFileSync(program);
  const all = readCases(folder);
  const asked = (text: string, id: string): boolean => (all.some((one) => one.id === text) ? id === text : id.includes(text));
  const cases = all.filter(({ id }) => !values.case || values.case.some((text) => asked(text, id)));
  if (cases.length === 0) throw new InputError(`no case has an id with ${values.case!.join(' or ')}`);
  // What cases are compared with is trained too, but not repaired.
  const needed = all.filter((one) => !one.faulty && !cases.includes(one) && cases.some(({ dataset: { name } }) => name === one.dataset.name));
  const references = referencesFor(all).filter((one) => cases.some(({ dataset: { name } }) => name === one.dataset.name));
  if (values.fresh) rmSync(path.join(cache, 'results'), { recursive: true, force: true });
  mkdirSync(path.join(cache, 'results'), { recursive: true });

  const results = new Map<string, CaseResult[]>();
  const keep = (result: CaseResult): void => void results.set(result.id, [...(results.get(result.id) ?? []), result].sort((a, b) => a.seed - b.seed));
  const jobs = [...cases, ...needed, ...references].flatMap((one) => Array.from({ length: seeds }, (_, seed): Job => {
    const request = { seed, seconds, fix: !values['no-fix'] && one.faulty };
    return { id: one.id, folder, cache, out: resultFile(cache, one, request, build), ...request };
  }));
  const open = jobs.filter((job) => {
    const result = stored(job.out);
    if (result) keep(result);
    return !result;
  });
  console.error(`${jobs.length} runs, ${jobs.length - open.length} done before`);
  const began = Date.now();
  let count = 0;
  await runAll(dearestFirst(open, all), program, atOnce, (job, result) => {
    keep(result);
    const found = result.error ?? (result.findings.filter(({ severity }) => severity !== 'information').map(({ id }) => id).join(', ') || 'no finding');
    console.error(`${++count}/${open.length} ${((Date.now() - began) / 1000).toFixed(0)} s  ${job.id} seed ${job.seed}: ${found}`);
  });

  const verdicts = judge(cases.concat(needed, references), results).filter(({ one }) => cases.includes(one));
  console.log(summary(verdicts));
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ totals: totalsOf(verdicts), rules: ruleTable(verdicts), cases: verdicts }, null, 1)}\n`);
  if (values.document) writeSection('Third-party cases', section(verdicts, { seeds, seconds }));
}

/** Long runs first, so that the last ones to end are short. */
function dearestFirst(jobs: Job[], cases: readonly Case[]): Job[] {
  const cost = new Map(cases.map(({ id, epochs, batchSize, dataset, layers }) => [id, epochs * (dataset.n_train / batchSize) * (layers.some(({ type }) => /conv/i.test(type)) ? 100 : 1)]));
  return [...jobs].sort((a, b) => (cost.get(b.id) ?? 0) - (cost.get(a.id) ?? 0));
}

main().catch((error: Error) => {
  console.error(error instanceof InputError ? error.message : error.stack);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
