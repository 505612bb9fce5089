/** The preview of data as a page without a script. Pure. */
import { type Markup, markup } from '../../engine/chart/markup';
import type { ColumnPreview, DataPreview } from '../../engine/data/preview';

/** Words of the page in the user's language. */
export type Words = (text: string, ...values: (string | number)[]) => string;

/** Classes and columns shown. */
const most = 200;
/** Characters of a text shown. */
const longestText = 400;
/** Values of a row shown. */
const mostCells = 20;

const number = (value: number): string => (Number.isInteger(value) && Math.abs(value) < 1e9 ? value.toLocaleString('en') : String(Number(value.toPrecision(4))));

export function previewPage(preview: DataPreview, { nonce, language, say }: { nonce: string; language: string; say: Words }): string {
  const { name, parts, input, problems, columns, rows, classes, targets, samples } = preview;
  const total = parts.reduce((sum, part) => sum + part.samples, 0);
  return `<!DOCTYPE html>
${markup`<html lang="${language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${name}</title>`}<style nonce="${nonce}">${style}</style></head>
${markup`<body><main>
<h1>${say('Data of {0}', name)}</h1>
<dl class="facts">
${parts.map(({ role, samples: count }) => markup`<div><dt>${say(roles[role])}</dt><dd>${number(count)}</dd></div>`)}
<div><dt>${say('A sample')}</dt><dd>${input.type} [${input.dims.join(', ')}]</dd></div>
${targets && markup`<div><dt>${say('To predict')}</dt><dd>${number(targets.min)} – ${number(targets.max)}</dd></div>`}
</dl>
<section><h2>${say('What is wrong')}</h2>
${problems.length === 0 ? markup`<p>${say('Nothing was found.')}</p>` : markup`<ul class="problems">${problems.map(({ severity, title, explanation }) => markup`<li class="${severity}"><strong>${title}</strong><br>${explanation}</li>`)}</ul>`}
</section>
${classes && classSection(classes, parts, say)}
${preview.text && textSection(preview.text, say)}
${samples[0]?.text !== undefined && markup`<section><h2>${say('First samples of an epoch')}</h2><div class="scroll"><table><thead><tr><th scope="col">${say('Label')}</th><th scope="col">${say('Text')}</th></tr></thead>
<tbody>${samples.map(({ label, text }) => markup`<tr><th scope="row">${label}</th><td class="text">${text!.length > longestText ? `${text!.slice(0, longestText)}…` : text!}</td></tr>`)}</tbody></table></div></section>`}
${samples[0]?.image !== undefined && markup`<section><h2>${say('First samples of an epoch')}</h2><div class="images">${samples.map(({ image, label }) => markup`<figure><img src="${image}" alt="${label}"><figcaption>${label}</figcaption></figure>`)}</div></section>`}
${columns && markup`<section><h2>${say('Columns')}</h2>${rows! < total && markup`<p>${say('Looked at {0} rows of {1}.', number(rows!), number(total))}</p>`}
<div class="scroll"><table><thead><tr>${['Column', 'Holds', 'Missing', 'Smallest', 'Largest', 'Mean', 'Std. deviation', 'Most frequent'].map((text) => markup`<th scope="col">${say(text)}</th>`)}</tr></thead>
<tbody>${columns.slice(0, most).map((column) => columnRow(column, say))}</tbody></table></div></section>`}
${samples[0]?.values && sampleSection(preview, say)}
</main></body></html>`}`;
}

const roles = { train: 'Training', validation: 'Validation', test: 'Test' };

function classSection(classes: string[], parts: DataPreview['parts'], say: Words): Markup {
  const largest = Math.max(1, ...parts[0].classes!);
  return markup`<section><h2>${say('Classes')}</h2><div class="scroll"><table class="classes"><thead><tr><th scope="col">${say('Class')}</th><th scope="col">${say('Share of the largest')}</th>${parts.map(({ role }) => markup`<th scope="col" class="number">${say(roles[role])}</th>`)}</tr></thead>
<tbody>${classes.slice(0, most).map((name, id) => markup`<tr><th scope="row">${name}</th><td class="bar"><svg width="100%" height="10" aria-hidden="true"><rect class="track" width="100%" height="10" rx="2"/><rect class="share" width="${((100 * parts[0].classes![id]) / largest).toFixed(1)}%" height="10" rx="2"/></svg></td>${parts.map((part) => markup`<td class="number">${number(part.classes![id])}</td>`)}</tr>`)}</tbody></table></div></section>`;
}

function textSection({ vocabulary, length, tokens, truncated, unknown }: NonNullable<DataPreview['text']>, say: Words): Markup {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return markup`<section><h2>${say('Text')}</h2><dl class="facts">
<div><dt>${say('Vocabulary')}</dt><dd>${number(vocabulary)}</dd></div>
<div><dt>${say('Tokens of a text')}</dt><dd>${number(tokens.min)} – ${number(tokens.max)}</dd></div>
<div><dt>${say('Mean')}</dt><dd>${number(tokens.mean)}</dd></div>
<div><dt>${say('Cut at {0} tokens', number(length))}</dt><dd>${percent(truncated)}</dd></div>
${unknown && markup`<div><dt>${say('Unknown tokens, {0}', say(roles[unknown.role]))}</dt><dd>${percent(unknown.share)}</dd></div>`}
</dl></section>`;
}

function columnRow({ name, kind, missing, range, categories }: ColumnPreview, say: Words): Markup {
  const numbers = [range?.min, range?.max, range?.mean, range?.std];
  return markup`<tr><th scope="row">${name}</th><td>${kind === 'number' ? say('numbers') : say('{0} categories', categories!.count)}</td><td class="number ${missing > 0 && 'missing'}">${missing > 0 ? number(missing) : '–'}</td>
${numbers.map((value) => markup`<td class="number">${value === undefined ? '' : number(value)}</td>`)}<td>${categories?.most.map((each) => `${each.name} (${number(each.count)})`).join(', ')}</td></tr>`;
}

function sampleSection({ samples, features }: DataPreview, say: Words): Markup {
  const width = Math.min(mostCells, samples[0].values!.length);
  const names = Array.from({ length: width }, (_, i) => features?.[i] ?? String(i));
  return markup`<section><h2>${say('First samples of an epoch, after the transforms')}</h2><div class="scroll"><table><thead><tr><th scope="col">${say('Label')}</th>${names.map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${samples.map(({ label, values }) => markup`<tr><th scope="row">${label}</th>${values!.slice(0, width).map((value) => markup`<td class="number">${number(value)}</td>`)}</tr>`)}</tbody></table></div></section>`;
}

const style = `
body { color: var(--vscode-foreground); background: var(--vscode-editor-background); font: var(--vscode-font-weight) var(--vscode-font-size)/1.5 var(--vscode-font-family); padding: 0 24px 32px; }
main { max-width: 1200px; }
h1 { font-size: 1.6em; font-weight: 400; margin: 20px 0 12px; }
h2 { font-size: 1.1em; font-weight: 600; margin: 28px 0 8px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0; }
dt { color: var(--vscode-descriptionForeground); }
dd { margin: 0; font-size: 1.25em; }
.problems { list-style: none; margin: 0; padding: 0; }
.problems li { padding: 6px 12px; margin: 6px 0; border-left: 3px solid var(--vscode-editorInfo-foreground); background: var(--vscode-textBlockQuote-background); }
.problems .warning { border-left-color: var(--vscode-editorWarning-foreground); }
.problems .error { border-left-color: var(--vscode-editorError-foreground); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; font-weight: normal; padding: 3px 12px 3px 0; white-space: nowrap; border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-panel-border)); }
thead th { color: var(--vscode-descriptionForeground); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 320px; }
.number { text-align: right; padding-left: 12px; }
.missing { color: var(--vscode-editorWarning-foreground); }
.classes { width: min(720px, 100%); }
.bar { width: 50%; }
.bar svg { display: block; }
.track { fill: var(--vscode-textBlockQuote-background); }
.share { fill: var(--vscode-charts-blue); }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: 12px; }
figure { margin: 0; }
img { width: 100%; image-rendering: pixelated; border: 1px solid var(--vscode-editorWidget-border, var(--vscode-panel-border)); }
figcaption { color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
`;
