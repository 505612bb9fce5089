/** What the terminal shows of verifications, repairs and range tests. Pure. */
import type { Remedy } from '../diagnosis/finding';
import type { FixResult, Suggestion, VerificationPlan } from '../host/protocol';
import { highestDrawn, noProposal, reasonOf } from '../report/suggestion';
import { smooth } from '../verification/smooth';
import { type Paint, percent, short, verdictText } from './text';

export const planText = ({ from, steps, runs, seconds }: VerificationPlan): string =>
  `${runs} runs of at most ${steps} steps from ${from === 0 ? 'the untrained model' : `step ${from}`}, about ${seconds < 1 ? 'a second' : `${Math.ceil(seconds)} seconds`}`;

export function verificationText({ title, verified }: Remedy, colour: Paint): string {
  if (!verified) return 'stopped before there was a verdict';
  const { curve, seeds, steps, from } = verified;
  const last = curve.step.length - 1;
  const at = (values: (number | null)[]): string => (values[last] === null ? 'diverged' : short(values[last]));
  return [
    colour('bold', title),
    verdictText(verified),
    `at step ${curve.step[last]}: ${at(curve.without)} without, ${at(curve.with)} with (medians of ${seeds.length} seeds, ${steps} steps from ${from === 0 ? 'the untrained model' : `step ${from}`})`,
  ].join('\n');
}

export function fixText({ reason, changes, before, after, share, tried, steps }: FixResult, file: string | undefined, colour: Paint): string {
  const of = ({ loss, error, faults }: FixResult['before']): string => `loss ${short(loss)}, error ${percent(error)}${faults.length > 0 ? `, faults: ${faults.join(', ')}` : ', no fault'}`;
  const part = share < 1 ? ` after ${percent(share)} of the run` : '';
  return [
    `${colour('bold', changes.length === 0 ? 'unchanged' : `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`)}: ${reason}; ${tried} candidates, ${steps} steps`,
    ...changes.flatMap(({ title, because, verified }, i) => [`${i + 1}. ${title}`, `   ${colour('dim', because)}`, ...(verified ? [`   ${verdictText(verified)}`] : [])]),
    ...(tried > 0 ? [`validation before${part}: ${of(before)}`] : []),
    ...(changes.length > 0 ? [`validation after${part}: ${of(after)}`] : []),
    ...(file === undefined ? [] : [`new run file: ${file}`]),
  ].join('\n');
}

const chart = { width: 60, height: 10 };

/** The loss over the learning rate: a column is one learning rate, a dot its smoothed loss. */
function drawSweep({ curve, learningRate }: Suggestion): string[] {
  const losses = smooth(curve.map(({ loss }) => loss));
  const known = losses.filter(Number.isFinite);
  const low = Math.min(...known);
  const high = highestDrawn(losses);
  const rows = Array.from({ length: chart.height }, () => Array<string>(chart.width).fill(' '));
  const column = (i: number): number => Math.round((i * (chart.width - 1)) / Math.max(1, curve.length - 1));
  losses.forEach((loss, i) => {
    const height = Math.max(0, Math.min(1, (high - loss) / (high - low || 1)));
    if (Number.isFinite(loss)) rows[Math.round(height * (chart.height - 1))][column(i)] = '•';
  });
  const [first, last] = [curve[0].learningRate, curve.at(-1)!.learningRate];
  const at = learningRate === undefined ? undefined : Math.round((Math.log(learningRate / first) / Math.log(last / first)) * (chart.width - 1));
  const axis = Array.from({ length: chart.width }, (_, i) => (i === at ? '▲' : '─')).join('');
  const labels = [short(high), short(low)].map((label) => label.padStart(8));
  const end = last.toPrecision(1);
  return [
    ...rows.map((row, i) => `${i === 0 ? labels[0] : i === chart.height - 1 ? labels[1] : ' '.repeat(8)} │${row.join('')}`),
    `${' '.repeat(8)} └${axis}`,
    `${' '.repeat(10)}${first.toPrecision(1)}${end.padStart(chart.width - first.toPrecision(1).length)}`,
  ];
}

export function suggestionText(suggestion: Suggestion, colour: Paint): string {
  const { learningRate, current } = suggestion;
  const proposal = learningRate === undefined
    ? noProposal
    : `${colour('bold', `learningRate ${short(learningRate)}`)} (the run file has ${short(current)}): ${reasonOf(suggestion)}`;
  return [...drawSweep(suggestion), proposal].join('\n');
}
