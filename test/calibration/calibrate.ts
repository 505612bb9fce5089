/**
 * Trains the calibration set and the set of Adam faults, two runs at a time, and prints what every rule found in them. What has been trained is
 * kept in dist/calibration: an interrupted calibration goes on where it was, and after a change of a rule nothing is trained again.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding } from '../../engine/diagnosis/finding';
import { writeAtomically } from '../../engine/run/file';
import { type Section, writeSection } from '../score/document';
import { type Case, keyOf } from './case';
import { writeExpected } from './expected';
import { judge, type Verdict } from './judge';
import { isOutdated, pack, unpack } from './pack';
import { repair, repairKey, type Repair } from './repair';
import { adamSection, calibrationSection, reproduced } from './sections';
import { cases } from './sets';
import { isKept, keep } from './stored';
import { exceptions } from './table';
import { train } from './train';

const usage = `npm run calibrate -- [PART OF A NAME] [--replay] [--repair]
  --replay   judges what is trained already
  --repair   verifies the computed remedies of the Adam faults of the first seed`;

const folder = path.resolve('dist/calibration');
const fileOf = (entry: Case): string => path.join(folder, 'records', `${entry.name}.${keyOf(entry)}.rec`);
const recordOf = (entry: Case) => unpack(readFileSync(fileOf(entry)));
const repairOf = (entry: Case): string => path.join(folder, 'repairs', `${entry.name}.${keyOf(entry)}.${repairKey(entry, recordOf(entry))}.json`);
const workers = 2;

type Task = { task: 'train' | 'repair'; name: string };
/** What a worker answers: why a case cannot be trained. */
type Answer = { refused?: string };

async function work({ task, name }: Task): Promise<Answer> {
  const entry = cases.find((each) => each.name === name)!;
  const data = path.join(folder, 'data', String(process.pid));
  try {
    if (task === 'repair') writeAtomically(repairOf(entry), JSON.stringify(await repair(entry, recordOf(entry), data), null, 2));
    else writeAtomically(fileOf(entry), packed(await train(entry, data), name));
    return {};
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/** Says so where the digits that are left out would change a finding. */
function packed(record: Awaited<ReturnType<typeof train>>, name: string): Buffer {
  const bytes = pack(record);
  const said = (findings: Finding[]): string => JSON.stringify(findings.map(({ id, severity, symptomOf }) => [id, severity, symptomOf]));
  if (said(diagnose(record)) !== said(diagnose(unpack(bytes)))) console.error(`${name}: the packed record gives other findings`);
  return bytes;
}

/** Hands the cases to the workers one after another. */
async function inWorkers(task: Task['task'], list: readonly Case[]): Promise<void> {
  const queue = [...list];
  let done = 0;
  const one = (): Promise<void> => new Promise((resolve, reject) => {
    const worker = fork(__filename, ['--worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let current: Case | undefined;
    const next = (): void => {
      current = queue.shift();
      if (current) worker.send({ task, name: current.name } satisfies Task);
      else worker.disconnect();
    };
    worker.on('message', ({ refused }: Answer) => {
      if (refused) console.error(`${current!.name}: ${refused}`);
      if (++done % 20 === 0 || done === list.length) console.error(`${task}: ${done} of ${list.length}`);
      next();
    });
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code} at ${current?.name}`))));
    next();
  });
  await Promise.all(Array.from({ length: Math.min(workers, list.length) }, one));
}

async function main(filter: string, flags: ReadonlySet<string>): Promise<void> {
  const chosen = cases.filter(({ name }) => name.includes(filter));
  for (const name of ['records', 'repairs']) mkdirSync(path.join(folder, name), { recursive: true });
  if (!flags.has('--replay')) {
    const never = chosen.filter((entry) => !existsSync(fileOf(entry))).sort((a, b) => a.seed - b.seed);
    const again = chosen.filter((entry) => existsSync(fileOf(entry)) && isOutdated(readFileSync(fileOf(entry))));
    await inWorkers('train', [...never, ...again]);
  }
  const trained = chosen.filter((entry) => existsSync(fileOf(entry)));
  const verdicts = trained.map((entry) => judge(entry, recordOf(entry)));
  const of = (set: Case['set']): Verdict[] => verdicts.filter(({ entry }) => entry.set === set);

  const harmful = of('adam').filter((each) => each.entry.seed === 0 && reproduced(each, verdicts)).map(({ entry }) => entry);
  if (flags.has('--repair')) await inWorkers('repair', harmful.filter((entry) => !existsSync(repairOf(entry))));
  const repairs = new Map(harmful.filter((entry) => existsSync(repairOf(entry))).map((entry) => [entry.name, JSON.parse(readFileSync(repairOf(entry), 'utf8')) as Repair]));

  const sections: Partial<Record<Section, string>> = { 'Calibration of the rules': calibrationSection(of('calibration')), 'Adam faults': adamSection(of('adam'), repairs) };
  for (const [title, text] of Object.entries(sections)) console.log(`\n## ${title}\n${text}`);
  console.log(exceptions(verdicts).join('\n'));
  for (const [name, { repaired, tried }] of repairs) if (!repaired) console.log(`not repaired ${name}: ${tried.map(({ title, verdict }) => `${title} (${verdict})`).join('; ') || 'no remedy'}`);
  if (filter !== '') return;
  const kept = new Map(trained.map((entry) => [entry, readFileSync(fileOf(entry))] as const).filter(([entry, bytes]) => isKept(entry, bytes)));
  keep(kept);
  for (const [title, text] of Object.entries(sections)) writeSection(title as Section, text);
  writeExpected(verdicts.filter(({ entry }) => kept.has(entry)));
}

if (process.argv[2] === '--worker') {
  setPriority(10);
  process.on('disconnect', () => process.exit());
  process.on('message', (task: Task) => void work(task).then((answer) => process.send!(answer)));
} else if (process.argv.includes('--help')) {
  console.log(usage);
} else {
  const given = process.argv.slice(2);
  void main(given.find((word) => !word.startsWith('--')) ?? '', new Set(given.filter((word) => word.startsWith('--'))));
}
