/** The sections of docs/score.md that the calibration writes. */
import { rules } from '../../engine/diagnosis/rules';
import { defaultSeeds } from '../../engine/verification/verify';
import { quantile } from '../../engine/diagnosis/statistics';
import type { Verdict } from './judge';
import type { Repair } from './repair';
import { isHealthy, markdown, named, percent, rowsOf, ruleTable, share, step, warns } from './table';

const sumOf = (verdicts: readonly Verdict[]): { faulty: Verdict[]; healthy: Verdict[] } =>
  ({ faulty: verdicts.filter(({ entry }) => !isHealthy(entry)), healthy: verdicts.filter(({ entry }) => isHealthy(entry)) });

const seedsOf = (verdicts: readonly Verdict[]): number => new Set(verdicts.map(({ entry }) => entry.config.seed)).size;

export function calibrationSection(verdicts: readonly Verdict[]): string {
  const { faulty, healthy } = sumOf(verdicts);
  const ids = [...new Set([...rules.map(({ id }) => id), ...faulty.map(({ entry }) => entry.rule!)])];
  return `
Thresholds that no publication gives are chosen on these runs: ${faulty.length} with one deliberate fault each and ${healthy.length} healthy ones, ${seedsOf(verdicts)} seeds of every set-up (\`test/calibration\`). None of them is a case that the diagnosis is judged on. "Found": the rule spoke in the runs with its fault; "rightly named": it or another rule that names the same fault. A false alarm is a warning or an error in a healthy run.
"First of other faults": it warned, and not as a symptom, in runs with a fault that is another rule's. The first alarm is the step from which on the record shows the fault; 0 is before training.

- Faults rightly named: ${percent(faulty.filter(named).length, faulty.length)}
- Healthy runs with a false alarm: ${percent(healthy.filter(warns).length, healthy.length)}

${ruleTable(rowsOf(verdicts, ids))}

### Thresholds

${markdown(['Rule', 'Thresholds'], rules.map(({ id, defaults }) => [`\`${id}\``, Object.entries(defaults).map(([name, value]) => `${name} ${value}`).join(', ')]))}
`;
}

/** Whether a fault does harm: with every seed the run ends with a loss more than a tenth above its twin's, and by more than a hundredth of the untrained loss: both may be near 0. */
export function reproduced({ entry }: Verdict, all: readonly Verdict[]): boolean {
  return all.filter((each) => each.entry.setUp === entry.setUp).every(({ entry: { twin: name }, loss }) => {
    const twin = all.find((other) => other.entry.name === name);
    return twin !== undefined && loss > 1.1 * twin.loss && loss - twin.loss > 0.01 * twin.untrained;
  });
}

export function adamSection(verdicts: readonly Verdict[], repairs: ReadonlyMap<string, Repair>): string {
  const { faulty, healthy } = sumOf(verdicts);
  const tried = faulty.filter(({ entry }) => repairs.has(entry.name));
  const fixed = (list: readonly Verdict[]): number => list.filter(({ entry }) => repairs.get(entry.name)?.repaired).length;
  const rows = [...new Set(faulty.map(({ entry }) => entry.fault!))].map((fault) => {
    const own = faulty.filter(({ entry }) => entry.fault === fault);
    const { rule } = own[0].entry;
    const spoken = own.flatMap((each) => each.spoken.filter((said) => said.rule === rule));
    const since = spoken.map((said) => said.since);
    const ownTried = tried.filter((each) => own.includes(each));
    return [
      fault, `\`${rule}\``, share(own.filter((each) => reproduced(each, verdicts)).length, own.length), share(spoken.length, own.length), share(spoken.filter((said) => said.warns).length, own.length),
      share(own.filter(named).length, own.length), step(quantile(since, 0.5)), step(Math.max(...since)), share(fixed(ownTried), ownTried.length),
    ];
  });
  return `
Faults of Adam's settings, four set-ups each and ${seedsOf(verdicts)} seeds, with a healthy twin: the same run with that setting right. Data and networks are others than those of the calibration set. "Harmful": with both seeds it ends with a loss more than a tenth, and a hundredth of the untrained loss, above its twin's; only those can be repaired. "Repaired", of the first seed: one of the three best computed remedies helps, as verified by paired re-runs over ${defaultSeeds} seeds of the order of the data.

- Faults rightly named: ${percent(faulty.filter(named).length, faulty.length)}
- Healthy twins with a false alarm: ${percent(healthy.filter(warns).length, healthy.length)}
- Harmful faults repaired: ${percent(fixed(tried), tried.length)}

${markdown(['Fault', 'Rule', 'Harmful', 'Found', 'As warning', 'Rightly named', 'First alarm: median', 'worst', 'Repaired'], rows)}
`;
}
