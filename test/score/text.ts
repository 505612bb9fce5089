/** The verdicts in words: a table for the terminal, and a section of docs/score.md. */
import type { Score } from '../../engine/host/protocol';
import { aliases } from './naming';
import { published } from './published';
import type { CaseResult } from './result';
import { type CaseVerdict, type Rate, ruleTable, type RunVerdict, totalsOf, wrongLabel } from './verdict';

const percent = ({ hits, of }: Rate): string => (of === 0 ? '-' : `${hits} of ${of} (${((100 * hits) / of).toFixed(1)} %)`);
const list = (values: readonly string[]): string => [...new Set(values)].join(', ');
const number = (x: number): string => (Number.isFinite(x) ? Number(x.toPrecision(3)).toString() : String(x));

/** "0.913", "loss 12.1", "diverged". */
export const figure = (score: Score | undefined): string => (!score ? 'diverged' : score.accuracy !== undefined ? score.accuracy.toFixed(3) : `loss ${number(score.loss)}`);

const table = (head: string[], rows: string[][]): string => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');

const capped = ({ epochs: [trained, all] }: CaseResult): string => (trained < all ? `${trained} of ${all} epochs` : '');

function caseRow({ one, kind, reference, runs }: CaseVerdict): string[] {
  const alarms = runs.map(({ result: { alarm } }) => alarm ?? '-').join(', ');
  const roots = list(runs.flatMap(({ result }) => result.findings.filter(({ severity, symptomOf }) => severity !== 'information' && !symptomOf).map(({ id }) => id)));
  const fixed = runs.map(({ result, repaired }) => (result.fix ? `${figure(result.fix.result?.kept)}${repaired ? '' : ' no'}` : '-'));
  return [
    one.id, kind, one.expected.join(', ') || '-', runs.map(({ named }) => ({ name: 'yes', label: 'by the label', none: 'no' })[named ?? 'none']).join(', '), roots || '-', alarms,
    runs.map(({ result }) => figure(result.trained?.last)).join(', '), reference ? figure(reference) : '-', fixed.join(', '), list([...runs.flatMap(({ result }) => [capped(result), ...result.notes, result.error ?? '']).filter(Boolean)]),
  ];
}

const caseHead = ['case', 'counts as', 'expected', 'named', 'root findings', 'first alarm at step', 'trained to', 'best healthy', 'repaired to', 'notes'];

function headline(verdicts: readonly CaseVerdict[]): string[][] {
  const totals = totalsOf(verdicts);
  return [
    ['**Adamscope**', percent(totals.detected), `${percent(totals.named)}; with the caveat ${percent(totals.namedByLabel)}`, percent(totals.falseAlarms), percent(totals.repaired)],
    ...published.map(({ tool, detected, named, falseAlarms, repaired }) => [tool, detected, named, falseAlarms, repaired]),
  ];
}

/** Markdown without a heading of its own. */
export function section(verdicts: readonly CaseVerdict[], { seeds, seconds }: { seeds: number; seconds: number }): string {
  const { alarm } = totalsOf(verdicts);
  const of = (kind: CaseVerdict['kind']): CaseVerdict[] => verdicts.filter((verdict) => verdict.kind === kind);
  const apart = (title: string, found: readonly CaseVerdict[]): string =>
    `### ${title}\n\n${found.length === 0 ? 'None.' : table(['case', 'seed', 'label', 'trained to', 'best healthy'], found.map(({ one, runs, reference }) => [one.id, runs.map(({ result: { seed } }) => seed).join(', '), one.labelledBy, runs.map(({ result }) => result.error ?? figure(result.trained?.last)).join(', '), reference ? `${figure(reference)} (${reference.id})` : '-']))}`;
  const hidden = of('faulty').map((verdict) => ({ ...verdict, runs: verdict.runs.filter(({ fine }) => fine) })).filter(({ runs }) => runs.length > 0);
  const all = (faulty: boolean): RunVerdict[] => verdicts.filter(({ one, kind }) => one.faulty === faulty && kind !== 'failed').flatMap(({ runs }) => runs);
  const [everyFaulty, everyHealthy] = [all(true), all(false)];
  const rules = ruleTable(verdicts);
  const healthyRuns = of('healthy').flatMap(({ runs }) => runs).length;
  return [
    `Training set-ups that others published (AutoTrainer's repository, the DeepDiagnosis authors' transcriptions), ${verdicts.length} cases with ${seeds === 1 ? 'one seed each' : `${seeds} seeds each (0 to ${seeds - 1})`}: ${of('faulty').length} faulty ones that reproduce, ${of('healthy').length} healthy ones. Every run of them counts but those that do not show the fault. No threshold was chosen on them.`,
    table(['', 'detected', 'expected symptom named', 'false alarms', 'repaired'], headline(verdicts)),
    `First alarm: step ${number(alarm.median)} in the median, ${number(alarm.worst)} at worst.`,
    `*Detected*: a warning or an error. *Named*: the expected symptom is the root finding or one of its symptoms; as the same count ${Object.entries(aliases).map(([symptom, others]) => `${symptom} and ${others.map((other) => (typeof other === 'string' ? other : `${other.rule} (${other.learningRate})`)).join(' or ')}`).join('; ')}. The caveat: labels of the transcribed models are a tool's guess, and gradient-exploding there can be a net whose activations overflow, or die. *False alarm*: a warning or error on a healthy case, a finding about a beta2 that is published as 0.13 or 0.44 left out. *Repaired*: after \`adamscope fix\` the validation accuracy is within 2 points of the best healthy case of the same data, for regression the loss within 10 %; of what was detected. *Not reproduced*: it trains as well as that by the same measure, after the last epoch, with all seeds or with that one. *Plainly not healthy*: with one seed at least the accuracy ends ${wrongLabel.points * 100} points below the best healthy case, or the loss at ${1 + wrongLabel.share} times its. With everything that is set apart counted all the same, ${percent({ hits: everyFaulty.filter(({ detected }) => detected).length, of: everyFaulty.length })} of the runs of faulty cases are detected, and ${percent({ hits: everyHealthy.filter(({ falseAlarms }) => falseAlarms.length > 0).length, of: everyHealthy.length })} of the healthy ones have a warning.`,
    `A run is cut to ${seconds} seconds of computing by a formula of its network and batch (so that it does not depend on the machine), but to no fewer than three epochs or 1500 updates; what that cut is said under notes, and the healthy cases it is compared with are cut by the same formula. A repair may take three times as much; its changes are not verified on other seeds besides, and what is judged is a whole run of the file that it writes.`,
    apart('Not reproduced', [...of('not reproduced'), ...hidden]),
    apart('Labelled healthy, but plainly not', of('wrong label')),
    ...(of('failed').length > 0 ? [apart('Not scored', of('failed'))] : []),
    `### Rules\n\n${table(['rule', 'runs of faults', 'as the expected symptom', `healthy runs (of ${healthyRuns})`], rules.map(({ rule, faulty, expected, healthy }) => [rule, String(faulty), String(expected), String(healthy)]))}`,
    `### Cases\n\n${table(caseHead, verdicts.map(caseRow))}`,
  ].join('\n\n');
}

/** For the terminal: what is wrong first, then the figures. */
export function summary(verdicts: readonly CaseVerdict[]): string {
  const totals = totalsOf(verdicts);
  const lines = verdicts.map(({ one, kind, reference, runs }) => {
    const marks = runs.map((run) => {
      if (run.result.error) return 'failed';
      const words = one.faulty ? [run.detected ? run.named ?? 'misnamed' : 'UNDETECTED', ...(run.fine ? ['fine'] : []), ...(run.repaired === undefined ? [] : [run.repaired ? 'repaired' : 'NOT REPAIRED'])] : [run.falseAlarms.length > 0 ? `FALSE ${list(run.falseAlarms)}` : 'ok'];
      return words.join('+');
    });
    return `${one.id.slice(0, 48).padEnd(48)} ${kind.padEnd(14)} ${(one.expected.join(',') || '-').padEnd(22)} ${marks.join(' | ')}   [${runs.map(({ result }) => figure(result.trained?.last)).join(' ')}; best ${reference ? figure(reference) : '-'}]`;
  });
  return [
    ...lines, '',
    `detected        ${percent(totals.detected)}`,
    `right name      ${percent(totals.named)}; with the caveat about transcribed labels ${percent(totals.namedByLabel)}`,
    `false alarms    ${percent(totals.falseAlarms)}`,
    `repaired        ${percent(totals.repaired)}`,
    `first alarm     step ${number(totals.alarm.median)} (median), ${number(totals.alarm.worst)} (worst)`, '',
    ...ruleTable(verdicts).map(({ rule, faulty, expected, healthy }) => `${rule.padEnd(34)} faulty ${String(faulty).padStart(4)}, expected ${String(expected).padStart(4)}, healthy ${String(healthy).padStart(4)}`), '',
    ...published.map(({ tool, detected, named, falseAlarms, repaired }) => `${tool.padEnd(34)} detected ${detected}, named ${named}, false alarms ${falseAlarms}, repaired ${repaired}`),
  ].join('\n');
}
