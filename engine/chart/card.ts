/** A finding as a picture of its own: title, and the chart of each evidence. For pages that show pictures but no markup. */
import type { Evidence, Finding } from '../diagnosis/finding';
import { formatNumber } from '../diagnosis/numbers';
import { evidenceChart } from './evidence';
import { Markup, markup } from './markup';
import { palette } from './palette';

const width = 720;
const margin = 20;
const chartHeight = 150;

/** It has a background of its own, so that it can be read wherever it is shown: a viewer's theme need not be the page's. */
export function findingCard(finding: Finding, caption: string): Markup {
  const { severity, title, evidence } = finding;
  let y = 62;
  const blocks = evidence.slice(0, 2).map((each) => {
    const chart = evidenceChart(each, finding, { width: width - 2 * margin, height: chartHeight });
    const block = markup`<text x="${margin}" y="${y + 16}">${label(each)}</text><g transform="translate(${margin} ${y + 24})">${chart}</g>`;
    y += (chart ? (each.points ? chartHeight : 44) : 0) + 42;
    return block;
  });
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${title}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12.5" fill="var(--chart-text)">
<style>${new Markup(`:root{${palette('light')}}@media (prefers-color-scheme:dark){:root{${palette('dark')}}}`)}</style>
<rect width="${width}" height="${y}" rx="8" fill="var(--chart-background)" stroke="var(--chart-grid)"/>
<rect x="${margin}" y="20" width="4" height="34" rx="2" fill="var(--chart-${severity})"/>
<text x="${margin + 14}" y="34" font-size="15" font-weight="600" fill="var(--chart-strong)">${title}</text><text x="${margin + 14}" y="52">${caption}</text>
${blocks}</svg>
`;
}

const label = ({ label: text, value, threshold, comparison, points }: Evidence): Markup =>
  markup`${text}: <tspan font-weight="600" fill="var(--chart-strong)">${formatNumber(value)}</tspan> ${comparison === 'above' ? '>' : '<'} limit ${formatNumber(threshold)}${points?.shows !== undefined && ` (drawn: ${points.shows})`}`;
