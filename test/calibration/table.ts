import { quantile } from '../../engine/diagnosis/statistics';
import type { Case } from './case';
import type { Spoken, Verdict } from './judge';

/** How a rule does on a set of runs. */
export interface Row {
  rule: string;
  /** Runs with its fault, and in how many of them it spoke. */
  faulty: number;
  hits: number;
  /** Of them as a warning or an error. */
  warned: number;
  /** Runs with its fault in which it or a rule that names the fault as rightly spoke. */
  named: number;
  /** Healthy runs, and in how many of them it warned, or gave a hint. */
  healthy: number;
  falseAlarms: number;
  hints: number;
  /** Runs with another fault, and in how many of them it warned as a root. */
  others: number;
  elsewhere: number;
  /** Step of the first alarm in its own runs. */
  median: number;
  worst: number;
}

const of = ({ spoken }: Verdict, rule: string): Spoken | undefined => spoken.find((each) => each.rule === rule);
const count = <T>(list: readonly T[], test: (each: T) => unknown): number => list.filter(test).length;

export const named = ({ entry, spoken }: Verdict): boolean => spoken.some(({ rule }) => rule === entry.rule || entry.also.includes(rule));
export const warns = ({ spoken }: Verdict): boolean => spoken.some((each) => each.warns);
export const isHealthy = ({ rule }: Case): boolean => rule === undefined;

export function rowsOf(verdicts: readonly Verdict[], rules: readonly string[]): Row[] {
  const healthy = verdicts.filter(({ entry }) => isHealthy(entry));
  return rules.map((rule) => {
    const own = verdicts.filter(({ entry }) => entry.rule === rule);
    const others = verdicts.filter(({ entry }) => entry.rule !== undefined && entry.rule !== rule && !entry.also.includes(rule));
    const since = own.flatMap((verdict) => of(verdict, rule)?.since ?? []);
    return {
      rule,
      faulty: own.length, hits: count(own, (verdict) => of(verdict, rule)), warned: count(own, (verdict) => of(verdict, rule)?.warns), named: count(own, named),
      healthy: healthy.length, falseAlarms: count(healthy, (verdict) => of(verdict, rule)?.warns), hints: count(healthy, (verdict) => of(verdict, rule)?.warns === false),
      others: others.length, elsewhere: count(others, (verdict) => of(verdict, rule)?.warns && of(verdict, rule)?.root),
      median: quantile(since, 0.5), worst: Math.max(...since),
    };
  });
}

export const share = (part: number, whole: number): string => (whole === 0 ? '' : `${part}/${whole}`);
export const step = (value: number): string => (Number.isFinite(value) ? String(Math.round(value)) : '');

export const percent = (part: number, whole: number): string => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`);

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const ruleTable = (rows: readonly Row[]): string => markdown(
  ['Rule', 'Found', 'As warning', 'Rightly named', 'False alarms', 'Hints on healthy', 'First of other faults', 'First alarm: median', 'worst'],
  rows.map((row) => [
    `\`${row.rule}\``, share(row.hits, row.faulty), share(row.warned, row.faulty), share(row.named, row.faulty), share(row.falseAlarms, row.healthy), share(row.hints, row.healthy),
    share(row.elsewhere, row.others), step(row.median), step(row.worst),
  ]),
);

/** What the person who tunes needs to see: every run that is not as it should be. */
export const exceptions = (verdicts: readonly Verdict[]): string[] => verdicts.flatMap((verdict) => {
  const { entry, spoken } = verdict;
  const said = spoken.map(({ rule, warns, root, since }) => `${root ? '' : '>'}${rule}${warns ? '' : '?'}@${since}`).join(' ');
  if (isHealthy(entry)) return warns(verdict) ? [`false alarm  ${entry.name}: ${said}`] : [];
  if (!of(verdict, entry.rule!)) return [`${named(verdict) ? 'other name ' : 'MISSED     '}  ${entry.name}: ${said || 'nothing'}`];
  return [];
});
