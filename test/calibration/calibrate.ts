/**
 * Trains the calibration set and the set of Adam faults, two runs at a time, and prints what every rule found in them. What has been trained is
 * kept in dist/calibration: an interrupted calibration goes on where it was, and after a change of a rule nothing is trained again.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { diagnose } from '../../engine/diagnosis/diagnose';
import { type Section, writeSection } from '../score/document';
import { type Case, keyOf } from './case';
import { judge, type Verdict } from './judge';
import { isOutdated, pack, unpack } from './pack';
import { cases } from './sets';
import { keep, kept } from './stored';
import { adamSection, calibrationSection } from './sections';
import { exceptions } from './table';
import { train } from './train';
import { writeExpected } from './expected';

const folder = path.resolve('dist/calibration');
const dataFolder = path.join(folder, 'data');
const fileOf = (entry: Case): string => path.join(folder, 'records', `${entry.name}.${keyOf(entry)}.rec`);
const workers = 2;

/** What a worker answers: why a case cannot be trained. */
type Answer = { refused?: string };

async function work(name: string): Promise<Answer> {
  const entry = cases.find((each) => each.name === name)!;
  try {
    const record = await train(entry, path.join(dataFolder, String(process.pid)));
    const packed = pack(record);
    const ids = (findings: ReturnType<typeof diagnose>): string => JSON.stringify(findings.map(({ id, severity, symptomOf }) => [id, severity, symptomOf]));
    if (ids(diagnose(record)) !== ids(diagnose(unpack(packed)))) console.error(`${name}: the packed record gives other findings`);
    writeFileSync(`${fileOf(entry)}.part`, packed);
    renameSync(`${fileOf(entry)}.part`, fileOf(entry));
    return {};
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/** Hands the cases to the workers one after another. */
async function trainAll(missing: Case[]): Promise<void> {
  const queue = [...missing];
  let done = 0;
  const one = (): Promise<void> => new Promise((resolve, reject) => {
    const worker = fork(__filename, ['--worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let current: Case | undefined;
    const next = (): void => {
      current = queue.shift();
      if (current) worker.send(current.name);
      else worker.disconnect();
    };
    worker.on('message', ({ refused }: Answer) => {
      if (refused) console.error(`${current!.name}: ${refused}`);
      if (++done % 20 === 0 || done === missing.length) console.error(`${done} of ${missing.length} trained`);
      next();
    });
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code} at ${current?.name}`))));
    next();
  });
  await Promise.all(Array.from({ length: Math.min(workers, missing.length) }, one));
}

async function main(filter: string): Promise<void> {
  const chosen = cases.filter(({ name }) => name.includes(filter));
  mkdirSync(path.join(folder, 'records'), { recursive: true });
  const never = chosen.filter((entry) => !existsSync(fileOf(entry))).sort((a, b) => a.seed - b.seed);
  const again = chosen.filter((entry) => existsSync(fileOf(entry)) && isOutdated(readFileSync(fileOf(entry))));
  if (process.argv[3] !== '--replay') await trainAll([...never, ...again]);
  const packed = new Map(chosen.filter((entry) => existsSync(fileOf(entry))).map((entry) => [entry, readFileSync(fileOf(entry))]));
  const verdicts: Verdict[] = [...packed].map(([entry, bytes]) => judge(entry, unpack(bytes)));
  const of = (set: Case['set']): Verdict[] => verdicts.filter(({ entry }) => entry.set === set);
  const sections = { 'Calibration of the rules': calibrationSection(of('calibration')), 'Adam faults': adamSection(of('adam'), () => undefined) } as const;
  for (const [title, text] of Object.entries(sections)) console.log(`\n## ${title}\n${text}`);
  console.log(exceptions(verdicts).join('\n'));
  if (filter === '') {
    keep(new Map(kept.flatMap((entry) => (packed.has(entry) ? [[entry, packed.get(entry)!]] : []))));
    for (const [title, text] of Object.entries(sections)) writeSection(title as Section, text);
    writeExpected(verdicts.filter(({ entry }) => kept.includes(entry)));
  }
}

if (process.argv[2] === '--worker') {
  setPriority(10);
  process.on('disconnect', () => process.exit());
  process.on('message', (name: string) => void work(name).then((answer) => process.send!(answer)));
} else {
  void main(process.argv[2] ?? '');
}
