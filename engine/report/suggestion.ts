/** A range test of the learning rate as a page. Pure. */
import { markup } from '../chart/markup';
import { planeChart } from '../chart/plane';
import { formatLoss, formatNumber } from '../diagnosis/numbers';
import { edgeMargin } from '../diagnosis/remedies/learningRate';
import type { Suggestion } from '../verification/suggest';
import { smooth } from '../verification/smooth';
import { figure, htmlPage, htmlTable, key, type Link, type Page, pageHead } from './page';
import { chartWidth, type Place } from './style';

export const noProposal = 'no proposal: the loss falls at no learning rate; the model, its loss or its data are at fault';

/** Why it is proposed. */
export function reasonOf({ steepest, edge }: Suggestion): string {
  if (edge !== undefined && edge < steepest!) return `the edge of stability is at ${edgeMargin} times that; the loss falls steepest at ${formatNumber(steepest!)}`;
  return `the loss falls steepest there${edge === undefined ? '' : `, below the edge of stability at ${formatNumber(edgeMargin * edge)}`}`;
}

/** Loss that the curve is drawn up to: the one at the start, and as much above it as it falls below, for where it diverges it would hide all else. */
export function highestDrawn(losses: readonly number[]): number {
  const known = losses.filter(Number.isFinite);
  return Math.min(Math.max(...known), 2 * losses[0] - Math.min(...known));
}

export const suggestionHtml = (suggestion: Suggestion, name: string, place?: Place, links?: readonly Link[]): string => htmlPage(suggestionPage(suggestion, name, place), place, links);

function suggestionPage(suggestion: Suggestion, name: string, place: Place = 'browser'): Page {
  const { learningRate, steepest, edge, current, curve } = suggestion;
  const losses = smooth(curve.map(({ loss }) => loss));
  const top = highestDrawn(losses);
  const points = (values: readonly number[]) => curve.map(({ learningRate: x }, i) => ({ x, y: values[i], title: `${formatLoss(values[i])} at ${formatNumber(x)}` })).filter(({ y }) => y <= top);
  const marks = [
    { x: learningRate, colour: 'var(--chart-good)', text: 'proposed' }, { x: current, colour: 'var(--chart-warning)', text: 'in the run file' },
  ].flatMap(({ x, ...mark }) => (x !== undefined && x >= curve[0].learningRate && x <= curve.at(-1)!.learningRate ? [{ x, ...mark }] : []));
  const rows: [string, number | undefined][] = [
    ['proposed', learningRate], ['in the run file', current], ['where the loss falls steepest', steepest], ['edge of stability', edge && edgeMargin * edge],
  ];
  return {
    title: `Learning rate of ${name}`,
    body: markup`${pageHead('learning rate', name, learningRate === undefined ? `There is ${noProposal}` : `Learning rate ${formatNumber(learningRate)}: ${reasonOf(suggestion)}`, `range test: ${curve.length} updates whose learning rate rises from ${formatNumber(curve[0].learningRate)} to ${formatNumber(curve.at(-1)!.learningRate)}`)}
<main><section><h2 class="section">Range test</h2>${figure('Training loss by learning rate', markup`${key('var(--chart-line)', 'mean of the last batches')}${key('var(--chart-text)', 'batch')}${marks.map(({ colour, text }) => key(colour, text))}`, planeChart({
  width: chartWidth[place], height: 320, label: 'training loss by learning rate', x: { title: 'learning rate', log: true }, y: { title: 'loss' },
  series: [{ name: 'batch', colour: 'var(--chart-text)', drawn: 'points', points: points(curve.map(({ loss }) => loss)) }, { name: 'mean', colour: 'var(--chart-line)', points: points(losses) }],
  marks: marks.map((mark) => ({ ...mark, text: '' })),
}))}</section>
<section><h2 class="section">Learning rates</h2>${htmlTable(['', 'learning rate'], rows.flatMap(([what, value]) => (value === undefined || Number.isNaN(value) ? [] : [{ cells: [what, formatNumber(value)] }])))}</section></main>`,
  };
}
