/** A run's report as one HTML file: nothing is loaded, no script runs. */
import { evidenceChart } from '../chart/evidence';
import { heatChart, heatColours } from '../chart/heat';
import { lineChart } from '../chart/lines';
import { markup, type Markup } from '../chart/markup';
import { count } from '../chart/plot';
import { verificationChart, verificationColours } from '../chart/verification';
import type { Evidence, Finding, Remedy, Verification } from '../diagnosis/finding';
import { formatNumber } from '../diagnosis/numbers';
import { rules } from '../diagnosis/rules';
import { changesOf } from '../run/changes';
import { confidenceOf, measuredOf, placeOf, summaryOf, tally, verifiedText, whenOf, type ReportInput } from './content';
import { isFault, rootsOf, type Root } from '../diagnosis/roots';
import { courseOf, heatOf, type HeatQuantity } from './courses';
import { htmlPage, key } from './page';

const symbols = { error: '●', warning: '▲', information: 'i' } as const;
const verdicts = { helps: '✓ helps', 'no difference': '= no difference', hurts: '✕ hurts' } as const;

export function htmlReport(input: ReportInput): string {
  const { record, findings } = input;
  const { header } = record;
  const roots = rootsOf(findings);
  return htmlPage({ title: `${header.name}: ${tally(findings)}`, body: markup`<header><p class="brand">Adamscope · training report</p><h1>${header.name}</h1><p class="verdict-line ${roots.some(({ finding }) => isFault(finding)) ? 'faulty' : 'well'}">${tally(findings)}</p>
<p class="dim">${header.startedAt.slice(0, 16).replace('T', ' ')} UTC · ${header.device} · watched at level ${header.level}</p></header>
<main><section class="tiles" aria-label="Summary">${summaryOf(input).map(({ label, value, note }) => markup`<div class="tile"><h2>${label}</h2><p class="value">${value}</p><p class="dim">${note}</p></div>`)}</section>
${roots.length > 0 && markup`<section><h2 class="section">What was found</h2>${roots.map((root) => rootCard(root, input))}</section>`}
${roots.every(({ finding }) => !isFault(finding)) && markup`<section class="all-well"><p><b>Nothing is wrong with this run</b> as far as ${rules.length} rules can tell from ${count(record.steps.length)} recorded steps.</p></section>`}
<section><h2 class="section">Course of the run</h2>${courses(input)}</section>
${heatMaps(input)}
</main><footer><p class="dim">Made by Adamscope from the record of the run. Each finding has a page, docs/rules/&lt;rule&gt;.md, with its thresholds, their sources and known false alarms.</p></footer>` });
}

function rootCard({ finding, symptoms }: Root, input: ReportInput): Markup {
  return markup`<article class="finding ${finding.severity}">${findingBody(finding, input, 'h3')}
${symptoms.length > 0 && markup`<div class="symptoms"><h4>${symptoms.length === 1 ? 'One symptom of it' : `${symptoms.length} symptoms of it`}</h4>${symptoms.map((symptom) =>
  markup`<details class="${symptom.severity}"><summary><span class="symbol" aria-hidden="true">${symbols[symptom.severity]}</span>${symptom.title} <span class="dim">${whenOf(symptom)} · ${symptom.rule}</span></summary>${findingBody(symptom, input)}</details>`)}</div>`}</article>`;
}

/** A symptom has its title in the line that unfolds it, and is cured by what cures its cause. */
function findingBody(finding: Finding, { record }: ReportInput, title?: 'h3'): Markup {
  const confidence = confidenceOf(finding);
  return markup`${title && markup`<h3><span class="symbol" role="img" aria-label="${finding.severity}">${symbols[finding.severity]}</span>${finding.title}</h3>
<p class="where dim">${finding.severity} · ${whenOf(finding)} · <code>${placeOf(finding)}</code> · <code>${finding.rule}</code>${confidence && ` · ${confidence}`}</p>`}
<p class="explanation">${finding.explanation}</p>
<div class="evidence">${finding.evidence.map((evidence) => evidenceFigure(evidence, finding))}</div>
${title && finding.remedies.length > 0 && markup`<h4>What to do</h4><ol class="remedies">${finding.remedies.map((remedy) => remedyItem(remedy, record.header.config))}</ol>`}`;
}

function evidenceFigure(evidence: Evidence, finding: Finding): Markup {
  const { points, label } = evidence;
  return markup`<figure><figcaption>${label}: <b>${measuredOf(evidence)}</b>${points?.shows !== undefined && markup` <span class="dim">(drawn: ${points.shows})</span>`}</figcaption>${evidenceChart(evidence, finding, { width: 460, height: 150 })}</figure>`;
}

function remedyItem(remedy: Remedy, config: unknown): Markup {
  return markup`<li><p>${remedy.title} ${remedy.verified && markup`<span class="badge ${remedy.verified.verdict.replace(' ', '-')}">${verdicts[remedy.verified.verdict]}</span>`}</p>
${remedy.edits.length > 0 && markup`<ul class="edits">${changesOf(config, remedy.edits).map(({ kind, place, from, to }) => markup`<li><code>${kind === 'insert' ? 'insert before ' : kind === 'remove' ? 'remove ' : ''}${place} ${kind === 'set' && from !== '' && markup`<del>${from}</del> → `}${kind !== 'remove' && markup`<ins>${to}</ins>`}</code></li>`)}</ul>`}
${remedy.verified && verification(remedy.verified)}</li>`;
}

/** Both curves at the same steps, and the interval of their difference. */
function verification(verified: Verification): Markup {
  const colours = verificationColours(verified);
  const chart = verificationChart(verified, { width: 460, height: 140 });
  return markup`<figure class="verification"><figcaption>Verified by paired runs: ${verifiedText(verified)}. ${key(colours.with, 'with the change')} ${key(colours.without, 'without')}</figcaption>${chart}</figure>`;
}


/** Loss and metric with the steps of the faults. */
function courses({ record, findings }: ReportInput): Markup {
  const faults = rootsOf(findings).map(({ finding }) => finding).filter((finding) => isFault(finding) && finding.step > 0);
  const total = record.steps.at(-1)?.step ?? 0;
  const shades = faults.map(({ step, lastStep, severity }) => ({ from: step, to: Math.min(lastStep, step + Math.max(1, 0.02 * total)), colour: `var(--chart-${severity})` }));
  const metric = record.header.metric === 'accuracy' ? 'Accuracy' : 'Mean absolute error';
  const one = (quantity: 'loss' | 'metric', name: string, healthy: string): Markup => {
    const lines = courseOf(record, quantity);
    return markup`<figure class="wide"><figcaption><b>${name}</b> ${key('var(--chart-line)', 'training')} ${lines.length > 2 && key('var(--chart-validation)', 'validation')} <span class="dim">${healthy}</span></figcaption>${lineChart({ width: 980, height: 220, label: `${name} by step`, lines, shades })}</figure>`;
  };
  return markup`${one('loss', 'Loss', 'Healthy: falls, and validation follows training.')}${one('metric', metric, record.header.metric === 'accuracy' ? 'Healthy: rises, and validation stays close.' : 'Healthy: falls, and validation stays close.')}`;
}

const heats: Record<HeatQuantity, { name: string; healthy: string }> = {
  gradientNorm: { name: 'Gradient norm by layer', healthy: 'Healthy: one even colour through depth that changes slowly.' },
  updateRatio: { name: 'Update-to-weight ratio by layer', healthy: 'Healthy: between 1e-4 and 0.1, best near 1e-3, alike in all layers.' },
};

function heatMaps({ record, findings }: ReportInput): Markup {
  const marked = new Set(findings.filter(isFault).flatMap(({ target }) => [target.parameter, target.parameter === undefined ? target.layer : undefined].filter((name) => name !== undefined)));
  const maps = (Object.keys(heats) as HeatQuantity[]).map((quantity) => {
    const heat = heatOf(record, quantity, marked);
    const { name, healthy } = heats[quantity];
    return heat && markup`<figure class="wide"><figcaption><b>${name}</b> <span class="scale">${formatNumber(heat.scale.low)} ${ramp} ${formatNumber(heat.scale.high)}</span> <span class="dim">${healthy}${heat.left > 0 && ` ${heat.left} of the layers between are left out.`}</span></figcaption>${heatChart({ ...heat, width: 980, label: `${name} and step` })}</figure>`;
  });
  return maps.some(Boolean) ? markup`<section><h2 class="section">Through the layers</h2>${maps}</section>` : markup``;
}

const ramp = markup`<svg width="96" height="9" aria-hidden="true">${Array.from({ length: heatColours }, (_, i) => markup`<rect x="${i * (96 / heatColours)}" width="${96 / heatColours + 0.5}" height="9" fill="var(--heat-${i})"/>`)}</svg>`;
