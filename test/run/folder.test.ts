import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../engine/diagnosis/finding';
import { createRunFolder, listRuns, readFindings, readHeader, readRun, runFiles, runName, writeFindings, writeHeader } from '../../engine/run/folder';
import { StepWriter } from '../../engine/run/steps';
import { damage, refusedOr, sampleHeader, sampleSteps, temporaryFolder } from './storage';

const time = new Date(2026, 10, 21, 9, 15, 30);

function run(header = sampleHeader()): string {
  const folder = createRunFolder({ runs: temporaryFolder(), name: header.name });
  writeHeader(folder, header);
  const writer = StepWriter.open(folder, header);
  sampleSteps(20).forEach((step) => writer.append(step));
  writer.close();
  return folder;
}

describe('names', () => {
  it.each([
    ['digits', '20261121-091530-digits'], ['my run: no. 1', '20261121-091530-my-run-no.-1'], ['../..', '20261121-091530-run'], ['', '20261121-091530-run'],
    ['Größe_2', '20261121-091530-Größe_2'], ['x'.repeat(99), `20261121-091530-${'x'.repeat(60)}`],
  ])('%j', (name, expected) => expect(path.basename(createRunFolder({ runs: temporaryFolder(), name, time }))).toBe(expected));

  it('are unique within a second', () => {
    const runs = path.join(temporaryFolder(), '.adamscope', 'runs');
    const names = Array.from({ length: 3 }, () => path.basename(createRunFolder({ runs, name: 'a', time })));
    expect(names).toEqual(['20261121-091530-a', '20261121-091530-a-2', '20261121-091530-a-3']);
    expect(existsSync(path.join(runs, names[2], 'checkpoints'))).toBe(true);
  });

  it.each([['a/digits.train.json', 'digits'], ['x.json', 'x'], ['y.train.jsonc', 'y'], ['z', 'z']])('run file %s', (file, name) => expect(runName(file)).toBe(name));
});

describe('a given folder', () => {
  it('may be new', () => {
    const out = path.join(temporaryFolder(), 'a', 'b');
    expect(createRunFolder({ runs: 'unused', name: 'x', out })).toBe(out);
  });
  it('may not hold anything', () => {
    const out = temporaryFolder();
    writeFileSync(path.join(out, 'x'), '');
    expect(() => createRunFolder({ runs: 'unused', name: 'x', out })).toThrow(`${out}: the folder for the run must be new or empty`);
    expect(() => createRunFolder({ runs: 'unused', name: 'x', out: path.join(out, 'x') })).toThrow('the folder for the run cannot be made (ENOTDIR)');
  });
});

describe('record', () => {
  it('comes back as it was', () => {
    expect(readRun(run())).toEqual({ header: sampleHeader(), steps: sampleSteps(20), torn: false });
  });

  it('is refused where run.json and the steps do not belong together', () => {
    const folder = run();
    writeHeader(folder, sampleHeader(5));
    expect(() => readRun(folder)).toThrow(`${runFiles(folder).steps}: the steps are those of another run`);
  });

  it('refuses a folder that is no run', () => {
    const folder = temporaryFolder();
    expect(() => readHeader(folder)).toThrow(`${folder}: the folder is not a run: it has no run.json`);
  });

  it('refuses a later format', () => {
    const folder = run();
    const { header } = runFiles(folder);
    writeFileSync(header, readFileSync(header, 'utf8').replace('"format": 1', '"format": 2'));
    expect(() => readHeader(folder)).toThrow('the file is damaged: its checksum is');
  });

  it('run.json is refused or read right when cut or changed anywhere', () => {
    const folder = run();
    const outcome = { refused: 0, read: 0 };
    damage(runFiles(folder).header, 3, () => outcome[refusedOr(runFiles(folder).header, () => readHeader(folder), (header) => expect(header).toEqual(sampleHeader()))]++);
    expect(outcome.refused).toBeGreaterThan(outcome.read);
  });
});

describe('findings', () => {
  const findings: Finding[] = [{
    id: 'x', rule: 'exploding', severity: 'error', confidence: 1, title: 'Gradient explodes', explanation: 'It grew.', target: { path: 'optimizer' }, step: 1, lastStep: 2, evidence: [], remedies: [],
  }];
  it('come back, or are undefined where they are missing or damaged', () => {
    const folder = temporaryFolder();
    expect(readFindings(folder)).toBeUndefined();
    writeFindings(folder, findings);
    expect(readFindings(folder)).toEqual(findings);
    damage(runFiles(folder).findings, 11, () => expect([undefined, JSON.stringify(findings)]).toContain(JSON.stringify(readFindings(folder))));
  });
});

describe('list', () => {
  it('is newest first and says which run is damaged', () => {
    const runs = temporaryFolder();
    const make = (name: string, startedAt: string): string => {
      const folder = createRunFolder({ runs, name, time });
      writeHeader(folder, { ...sampleHeader(), name, startedAt });
      return folder;
    };
    make('old', '2026-11-20T09:00:00.000Z');
    make('new', '2026-11-21T09:00:00.000Z');
    const broken = runFiles(make('broken', '2026-11-19T09:00:00.000Z')).header;
    writeFileSync(broken, '{');
    mkdirSync(path.join(runs, 'not-a-run'));
    expect(listRuns(runs).map(({ header, problem }) => header?.name ?? problem)).toEqual(['new', 'old', `${broken}: the file is damaged: it is not JSON`]);
    expect(listRuns(path.join(runs, 'nowhere'))).toEqual([]);
    expect(readdirSync(runs)).toHaveLength(4);
  });
});
