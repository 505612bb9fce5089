/** A confusion matrix as a map of colours: rows are the right answers, columns the predictions. */
import { heatColours } from './heat';
import { markup, type Markup } from './markup';
import { shorten } from './plane';
import { at, picture } from './plot';

/** Each row by its own sum, so that a rare class is seen as well as a frequent one. */
export function confusionChart({ counts, names, width }: { counts: readonly (readonly number[])[]; names: readonly string[]; width: number }): Markup {
  const left = Math.min(140, 34 + 6.6 * Math.max(...names.map(({ length }) => length)));
  const top = 40;
  const cell = Math.max(10, Math.min(46, (width - left - 10) / counts.length));
  const numbers = cell >= 22;
  const every = Math.ceil(12 / cell);
  return picture(width, top + cell * counts.length + 10, `Confusion matrix of ${names.length} classes`,
    markup`<text x="${at(left)}" y="12" fill="var(--chart-strong)">predicted</text><text x="4" y="${top - 6}" fill="var(--chart-strong)">right</text>`,
    names.map((name, i) => i % every === 0 && markup`<text x="${at(left + (i + 0.5) * cell)}" y="${top - 6}" text-anchor="middle">${shorten(name, Math.max(2, Math.floor(cell / 6.2)))}</text><text x="${at(left - 6)}" y="${at(top + (i + 0.5) * cell + 3.5)}" text-anchor="end">${shorten(name, 18)}</text>`),
    counts.map((row, r) => {
      const total = row.reduce((a, b) => a + b, 0);
      return row.map((count, c) => {
        const share = total === 0 ? 0 : count / total;
        const fill = count === 0 ? 'var(--chart-grid)' : `var(--heat-${Math.round(share * (heatColours - 1))})`;
        return markup`<rect x="${at(left + c * cell)}" y="${at(top + r * cell)}" width="${at(cell - 1)}" height="${at(cell - 1)}" fill="${fill}"><title>${`${names[r]} taken for ${names[c]}: ${count} of ${total}`}</title></rect>${numbers && count > 0 && markup`<text x="${at(left + (c + 0.5) * cell - 0.5)}" y="${at(top + (r + 0.5) * cell + 3.5)}" text-anchor="middle" pointer-events="none" fill="${share > 0.5 ? 'var(--chart-background)' : 'var(--chart-strong)'}">${count}</text>`}`;
      });
    }));
}
