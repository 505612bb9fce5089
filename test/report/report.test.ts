import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding, Verification } from '../../engine/diagnosis/finding';
import { htmlReport } from '../../engine/report/html';
import { markdownReport, sparkline } from '../../engine/report/markdown';
import { engineFunctions } from '../../engine/host/functions';
import { writeHeader } from '../../engine/run/folder';
import { replaceSteps } from '../../engine/run/steps';
import type { RunRecord } from '../../engine/run/record';
import { buildRecord } from '../diagnosis/builder';
import { cases } from '../diagnosis/cases';

const hostile = '"><img src=x onerror=alert(1)>`|*_[a](javascript:b)\n# @everyone <!-- ]]> \u202e\u0007 &amp;';

const verified: Verification = {
  verdict: 'helps', measure: 'training loss', seeds: [0, 1, 2], from: 10, steps: 100, ratio: { mean: 0.31, low: 0.25, high: 0.38 }, diverged: { without: 0, with: 0 },
  curve: { step: [11, 20, 30], without: [2, 3, null], with: [2, 1, 0.5] },
};

function input(name: string, change: (finding: Finding) => Finding = (finding) => finding): { record: RunRecord; findings: Finding[] } {
  const record = buildRecord(cases[name][0]);
  return { record, findings: diagnose(record).map(change) };
}

/** Every name and text that a run file or a model could bring in. */
function hostileInput(): { record: RunRecord; findings: Finding[] } {
  const { record } = input('deep sigmoid stack');
  record.header.name = hostile;
  record.header.device = hostile;
  record.header.parameters.forEach((parameter, i) => { parameter.name = `${hostile}${i}`; parameter.layer = hostile; });
  record.header.activations.forEach((activation) => { activation.layer = hostile; });
  (record.header.config as { loss: unknown }).loss = 'crossEntropy';
  (record.header.config as { model: unknown }).model = { layers: [{ [hostile]: { units: 3 } }, hostile] };
  const findings = diagnose(record).map((finding): Finding => ({
    ...finding, title: hostile, explanation: hostile, target: { ...finding.target, path: hostile },
    remedies: [{ title: hostile, edits: [{ path: `model.layers.0.${hostile}`, value: { [hostile]: hostile } }], verified }],
  }));
  return { record, findings };
}

/** Tags as an HTML parser finds them outside of attributes' values. */
const tags = (html: string): string[] => [...html.matchAll(/<(\/?[a-zA-Z!][^\s>/]*)(?:"[^"]*"|'[^']*'|[^>"'])*>/g)].map(([, name]) => name.toLowerCase());

describe('the HTML report', () => {
  for (const name of ['deep sigmoid stack', 'gradient grows twofold each step from step 31 on, to NaN', 'sharpness beyond 38 / lr']) {
    it(`tells everything of: ${name}`, () => {
      const given = input(name, (finding) => ({ ...finding, remedies: finding.remedies.map((remedy) => ({ ...remedy, verified })) }));
      const html = htmlReport(given);
      for (const { title, explanation, evidence, remedies, symptomOf } of given.findings) {
        for (const text of [title, explanation, ...evidence.map(({ label }) => label), ...(symptomOf === undefined ? remedies.map((remedy) => remedy.title) : [])]) {
          expect(html).toContain(text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/'/g, '&#39;').replace(/"/g, '&quot;'));
        }
      }
      expect(html).toContain('✓ helps');
      expect(html).toContain('training loss times 0.31 (95 % interval 0.25 to 0.38) over up to 100 steps from step 10, 3 seeds');
      expect(html).not.toMatch(/NaN,|undefined|\[object|NaN"|Infinity"/);
    });
  }

  it('loads nothing and runs nothing', () => {
    const html = htmlReport(input('deep sigmoid stack'));
    expect(html).not.toMatch(/<script|<link|<iframe|url\(|@import| src=| href=| on[a-z]+=/i);
  });

  it('has a chart with a limit line for every evidence', () => {
    const given = input('gradient grows twofold each step from step 31 on, to NaN');
    const figures = htmlReport(given).match(/<figure><figcaption>.*?<\/figure>/gs)!;
    expect(figures).toHaveLength(given.findings.flatMap(({ evidence }) => evidence).length);
    for (const figure of figures) expect(figure).toMatch(/>limit .*<\/svg>|drawn: loss.*<\/svg>/s);
  });

  it('keeps hostile names as text', () => {
    const { record, findings } = hostileInput();
    const html = htmlReport({ record, findings });
    expect(new Set(tags(html).filter((name) => !['img', '!--'].includes(name)))).toEqual(new Set(tags(html)));
    expect(html).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    expect(html).not.toMatch(/[\u0007\u202e]/);
  });

  it('says that nothing is wrong, and after how many steps', () => {
    const record = buildRecord({});
    expect(htmlReport({ record, findings: [] })).toMatch(/Nothing is wrong with this run.*from 200 recorded steps/s);
  });

  it('is made of a run without a step', () => {
    const { header } = buildRecord({});
    expect(htmlReport({ record: { header, steps: [] }, findings: [] })).toContain('0 recorded steps');
    expect(markdownReport({ record: { header, steps: [] }, findings: [] })).toContain('No fault found');
  });
});

describe('the Markdown report', () => {
  it('is short and made of tables', () => {
    const text = markdownReport(input('deep sigmoid stack', (finding) => ({ ...finding, remedies: finding.remedies.map((remedy) => ({ ...remedy, verified })) })));
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('| Remedy | Change | Verified |');
    expect(text).toContain('**helps**');
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    for (const row of rows) expect([2, 3], row).toContain(row.replace(/\\\|/g, '').split('|').length - 2);
  });

  it('keeps hostile names as text', () => {
    const text = markdownReport(hostileInput());
    // Outside of code, whatever begins a tag, a link, a mention or a heading is escaped; no cell breaks its row.
    const outside = text.replace(/\\./g, '').replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/<(?!br>| limit)|\]\(|@everyone|`/);
    for (const line of text.split('\n').filter((each) => each.startsWith('|'))) expect([2, 3]).toContain(line.replace(/\\\|/g, '').split('|').length - 2);
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toEqual([]);
  });

  it.each<[string, (number | null)[], string]>([
    ['a rise', [0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'], ['orders of magnitude', [1, 1000, 1e6, null], '▁▅█×'], ['a constant', [3, 3], '▁▁'], ['nothing', [null], '×'],
  ])('draws %s in a line of text', (_, value, want) => expect(sparkline({ step: value.map((__, i) => i), value })).toBe(want));
});

describe('diagnose writes reports', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'adamscope-report-'));
    const record = buildRecord(cases['deep sigmoid stack'][0]);
    writeHeader(folder, record.header);
    replaceSteps(folder, record);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const { functions } = engineFunctions({ event() {}, log() {} });

  it('whole or not at all', async () => {
    const [html, markdown] = [path.join(folder, 'report.html'), path.join(folder, 'report.md')];
    await functions.diagnose({ run: folder, html, markdown });
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>\n<html.*<\/html>\n$/s);
    expect(readFileSync(markdown, 'utf8')).toMatch(/^## synthetic: 1 fault/);
    await expect(functions.diagnose({ run: folder, html: path.join(folder, 'nowhere', 'report.html') })).rejects.toThrow(/nowhere.report.html: the system refuses access: no such file or directory \(ENOENT\)$/);
    await expect(functions.diagnose({ run: folder, html: path.join(folder, 'checkpoints', '..') })).rejects.toThrow(/: the system refuses access: [^\n]*$/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
