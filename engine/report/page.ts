import { type Markup, markup } from '../chart/markup';
import { type Place, style } from './style';

/** What a report shows: as a file of its own, or in a panel of the editor. */
export interface Page {
  title: string;
  body: Markup;
}

/** What a page offers to do: a link of the editor's (`command:...`); none: how it is now. */
export interface Link {
  text: string;
  href?: string;
}

const toolbar = (links: readonly Link[]): Markup => markup`<nav class="links">${links.map(({ text, href }) => (href === undefined ? markup`<span aria-current="true">${text}</span>` : markup`<a href="${href}">${text}</a>`))}</nav>`;

/** One HTML file: nothing is loaded, no script runs. */
export const htmlPage = ({ title, body }: Page, place: Place = 'browser', links: readonly Link[] = []): string =>
  `<!doctype html>\n${markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark"><title>${title}</title><style>${style(place)}</style></head><body>
${links.length > 0 && toolbar(links)}${body}</body></html>`}\n`;

export const pageHead = (kind: string, name: string, verdict: string, note: string): Markup =>
  markup`<header><p class="brand">Adamscope · ${kind}</p><h1>${name}</h1><p class="verdict-line">${verdict}</p><p class="dim">${note}</p></header>`;

/** A swatch and a name. */
export const key = (colour: string, text: string): Markup => markup`<span class="key"><svg width="18" height="8" aria-hidden="true"><path d="M0 4H18" stroke="${colour}" stroke-width="2"/></svg>${text}</span>`;

export const figure = (title: string, note: Markup | string, chart: Markup | undefined): Markup | undefined =>
  (chart === undefined ? undefined : markup`<figure class="wide"><figcaption><b>${title}</b> <span class="dim">${note}</span></figcaption>${chart}</figure>`);

/** Characters of a cell that is not broken into lines. */
const longest = 60;

/** Cells of numbers stand to the right. */
export function htmlTable(head: readonly string[], rows: readonly { cells: readonly string[]; best?: boolean }[]): Markup {
  const numeric = head.map((_, c) => rows.every(({ cells }) => cells[c] === '' || /^[-+−]?[\d.∞]/.test(cells[c])));
  const long = head.map((_, c) => rows.some(({ cells }) => cells[c].length > longest));
  const classOf = (c: number): Markup | string => (numeric[c] ? markup` class="number"` : long[c] ? markup` class="text"` : '');
  const cell = (tag: 'td' | 'th', text: string, c: number): Markup => (tag === 'th' ? markup`<th scope="col"${classOf(c)}>${text}</th>` : markup`<td${classOf(c)}>${text}</td>`);
  return markup`<div class="scroll"><table><thead><tr>${head.map((text, c) => cell('th', text, c))}</tr></thead><tbody>${rows.map(({ cells, best }) => markup`<tr${best ? markup` class="best"` : ''}>${cells.map((text, c) => cell('td', text, c))}</tr>`)}</tbody></table></div>`;
}
