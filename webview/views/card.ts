/** A titled section with its tools, and one line that says what healthy looks like. */
import { iconButton } from '../controls';
import { h, setText } from '../dom';
import { send } from '../host';
import { icon } from '../icons';
import { t } from '../strings';

export type Table = (string | number)[][];

export const toText = (table: Table): string => table.map((row) => row.map((cell) => (typeof cell === 'number' && Number.isNaN(cell) ? 'NaN' : String(cell))).join('\t')).join('\n');

/** "Copy values as a table": tab-separated, so that a spreadsheet takes it as it is. */
export function copyButton(table: () => Table): HTMLElement {
  const made = iconButton('copy', t('copyTable'), () => {
    send({ type: 'copyTable', text: toText(table()) });
    made.replaceChildren(icon('check'));
    made.setAttribute('aria-label', t('copied'));
    setTimeout(() => {
      made.replaceChildren(icon('copy'));
      made.setAttribute('aria-label', t('copyTable'));
    }, 1500);
  });
  return made;
}

export interface Card {
  element: HTMLElement;
  title: HTMLElement;
  /** Values beside the title. */
  readout: HTMLElement;
  tools: HTMLElement;
  body: HTMLElement;
  say(text: string): void;
}

let cards = 0;

export function card(name: string, title: string): Card {
  const id = `card-${++cards}`;
  const heading = h('h2', { id }, title);
  const readout = h('div.readout');
  const tools = h('div.tools');
  const body = h('div.body');
  const healthy = h('p.healthy');
  const element = h('section.card', { 'aria-labelledby': id }, h('div.card-head', {}, heading, readout, tools), body, healthy);
  element.classList.add(name);
  return { element, title: heading, readout, tools, body, say: (text) => setText(healthy, text) };
}

/** One value of the readout: swatch, name, value. */
export function value(label: string, text: string, colour?: string, dashed = false): HTMLElement {
  const swatch = colour ? h(dashed ? 'span.swatch.dashed' : 'span.swatch', { 'aria-hidden': 'true' }) : undefined;
  if (swatch) swatch.style.borderTopColor = colour!;
  return h('span.value', {}, swatch, h('span.dim', {}, label), h('b', {}, text));
}
