/** One floating box with the exact values under the crosshair. */
import { h } from '../dom';

export interface TooltipLine {
  label: string;
  value: string;
  colour?: string;
  dashed?: boolean;
}

const box = h('div.tooltip', { role: 'status', 'aria-live': 'polite', hidden: true });

export function showTooltip(x: number, y: number, title: string, lines: TooltipLine[]): void {
  if (!box.isConnected) document.body.append(box);
  box.replaceChildren(
    h('div.tooltip-title', {}, title),
    ...lines.map((line) => {
      const swatch = h(line.dashed ? 'span.swatch.dashed' : 'span.swatch');
      if (line.colour) swatch.style.borderTopColor = line.colour;
      return h('div.tooltip-line', {}, line.colour !== undefined && swatch, h('span', {}, line.label), h('b', {}, line.value));
    }),
  );
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = x + 14 + width < window.innerWidth ? x + 14 : x - 14 - width;
  box.style.left = `${Math.max(4, Math.min(window.innerWidth - width - 4, left))}px`;
  box.style.top = `${Math.max(4, Math.min(window.innerHeight - height - 4, y + 4))}px`;
}

export function hideTooltip(): void {
  box.hidden = true;
}
