/** What a trained model does on data: scores, classes, confusion, curves, residuals, the worst samples. */
import { linearRange } from '../chart/axis';
import { confusionChart } from '../chart/confusion';
import { markup, type Markup } from '../chart/markup';
import { planeChart } from '../chart/plane';
import { count } from '../chart/plot';
import { measuredIn } from '../metrics/names';
import { type EvaluationReport, type OutputReport, outputsIn, type WorstSample } from '../metrics/report';
import type { Corners } from '../metrics/overlaps';
import { scoreText, scoreTitle } from '../metrics/text';
import { figure, htmlPage, htmlTable, type Page, pageHead } from './page';
import type { Place } from './style';

export const evaluationHtml = (report: EvaluationReport, place?: Place): string => htmlPage(evaluationPage(report), place);

const share = (value: number): string => `${(100 * value).toFixed(1)}\u00a0%`;

export function evaluationPage(report: EvaluationReport): Page {
  const { name, data, samples, loss, scores } = report;
  const [main] = measuredIn(scores);
  const verdict = [`loss ${scoreText('loss', loss)}`, main && `${scoreTitle(main)} ${scoreText(main, scores[main]!)}`].filter(Boolean).join(', ');
  return {
    title: `${name}: ${verdict}`,
    body: markup`${pageHead('evaluation', name, verdict, `on ${count(samples)} ${data} samples`)}
<main><section class="tiles compact" aria-label="Scores">${measuredIn(scores).map((metric) => markup`<div class="tile"><h2>${scoreTitle(metric)}</h2><p class="value">${scoreText(metric, scores[metric]!, 4)}</p></div>`)}</section>
${outputsIn(report).map(({ output, report: own }) => ofOutput(output, own))}
${worst(report)}</main>`,
  };
}

/** What an output does; of several each under its name. */
function ofOutput(output: string | undefined, report: Partial<OutputReport>): Markup {
  const { confusion, classes } = report;
  return markup`${output !== undefined && markup`<h2 class="section">${output}</h2>`}
<div class="${classes && classes.length <= 14 ? 'pair' : 'rows'}">${confusion && classes && figure('Confusion matrix', 'Healthy: all on the diagonal.', confusionChart({ counts: confusion, names: classes.map((one) => one.name), width: classes.length <= 14 ? 480 : 980 }))}${classes && perClass(report)}</div>
<div class="pair">${curve(report.roc, 'Receiver operating characteristic', 'false positive rate', 'true positive rate', [0, 0, 1, 1])}${curve(report.precisionRecall, 'Precision and recall', 'recall', 'precision')}</div>
${residuals(report)}`;
}

const unit: [number, number] = [0, 1];

const curve = (points: OutputReport['roc'], title: string, x: string, y: string, reference?: [number, number, number, number]): Markup | undefined => points && figure(title, '', planeChart({
  width: 480, height: 320, label: title, x: { title: x, log: false, range: unit }, y: { title: y, log: false, range: [0, 1.02] }, reference,
  series: [{ name: title, colour: 'var(--chart-line)', points: points.x.map((each, i) => ({ x: each, y: points.y[i] })) }],
}));

function residuals({ residuals: points }: Partial<OutputReport>): Markup | undefined {
  if (!points) return undefined;
  const all = [...points.label, ...points.prediction].filter(Number.isFinite);
  const [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const dots = (y: (i: number) => number) => [{ name: '', colour: 'var(--chart-line)', drawn: 'points' as const, points: points.label.map((_, i) => ({ x: points.prediction[i], y: y(i) })) }];
  const x = { title: 'predicted', log: false };
  const range = linearRange(low, high);
  const [left, right] = [Math.min(...points.prediction), Math.max(...points.prediction)];
  return markup`<div class="pair">${figure('Right and predicted', 'Healthy: along the line.', planeChart({ width: 480, height: 320, label: 'Right values over predictions', x: { ...x, range }, y: { title: 'right', log: false, range }, series: dots((i) => points.label[i]), reference: [low, low, high, high] }))}
${figure('Residuals', 'Healthy: even around 0, without a pattern.', planeChart({ width: 480, height: 320, label: 'Residuals over predictions', x, y: { title: 'right − predicted', log: false }, series: dots((i) => points.label[i] - points.prediction[i]), reference: [left, 0, right, 0] }))}</div>`;
}

function perClass({ classes = [], averages }: Partial<OutputReport>): Markup {
  const cells = (name: string, { precision, recall, f1 }: { precision: number; recall: number; f1: number }, support: string): { cells: string[] } => ({ cells: [name, share(precision), share(recall), share(f1), support] });
  return htmlTable(['class', 'precision', 'recall', 'F1', 'samples'], [
    ...classes.map((one) => cells(one.name, one, count(one.support))),
    ...(averages ? [cells('macro average', averages.macro, ''), cells('weighted average', averages.weighted, '')] : []),
  ]);
}

/** Characters of a text that are shown. */
const longestText = 300;

function worst({ worst: samples }: EvaluationReport): Markup | undefined {
  if (samples.length === 0) return undefined;
  const likely = samples.some(({ probability }) => probability !== undefined);
  const texts = samples.some(({ text }) => text !== undefined);
  const row = ({ index, loss, label, prediction, probability, text = '' }: EvaluationReport['worst'][number]): string[] => [String(index), scoreText('loss', loss), label, prediction, ...(likely ? [probability === undefined ? '' : share(probability)] : []), ...(texts ? [text.length > longestText ? `${text.slice(0, longestText)}…` : text] : [])];
  const title = markup`<h2 class="section">Worst samples</h2><p class="dim">Largest loss first. A wrong label looks like this as well.${samples.some(({ boxes }) => boxes) && ' Solid: the right box; dashed: the predicted one.'}</p>`;
  if (!samples.every(({ image }) => image)) return markup`<section>${title}${htmlTable(['sample', 'loss', 'right', 'predicted', ...(likely ? ['probability'] : []), ...(texts ? ['text'] : [])], samples.map((sample) => ({ cells: row(sample) })))}</section>`;
  return markup`<section>${title}<div class="samples">${samples.map((sample) => markup`<figure class="sample">${picture(sample)}<figcaption><b>${sample.label}</b> taken for <b>${sample.prediction}</b>${sample.probability !== undefined && ` (${share(sample.probability)})`}<br><span class="dim">loss ${scoreText('loss', sample.loss)}, sample ${sample.index}, row ${sample.row} of the file</span></figcaption></figure>`)}</div></section>`;
}

/** The image, and over it the right box and the predicted one, which is dashed. */
function picture({ image, index, boxes }: WorstSample): Markup {
  const img = markup`<img src="${image!}" alt="${`sample ${index}`}">`;
  const rectangle = ([left, top, right, bottom]: Corners, kind: string): Markup => markup`<rect class="${kind}" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/>`;
  return boxes ? markup`<div class="boxed">${img}<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">${rectangle(boxes.right, 'right')}${rectangle(boxes.predicted, 'predicted')}</svg></div>` : img;
}
