/** The look of the HTML report. */
import { palette, seriesPalette } from '../chart/palette';
import { Markup } from '../chart/markup';

const colours = {
  light: '--page:#f6f8fa;--card:#ffffff;--ink:#1f2328;--dim:#57606a;--line:#d8dee4;--chip:#eef1f4;--chart-validation:#8250df;color-scheme:light',
  dark: '--page:#0d1014;--card:#16191f;--ink:#e6edf3;--dim:#9aa4b2;--line:#2b313a;--chip:#21262e;--chart-validation:#c297ff;color-scheme:dark',
};

const theme = (name: keyof typeof colours): string => `${palette(name)};${seriesPalette(name)};${colours[name]}`;

/** Where a page is shown: a browser follows the system's theme, an editor has its own and tells it by a class. */
export type Place = 'browser' | 'editor';

/** Width that a chart across the page is drawn for, so that its texts are as large as those around it: an editor's column is narrower than a browser's window. */
export const chartWidth: Record<Place, number> = { browser: 980, editor: 600 };

const themes: Record<Place, string> = {
  browser: `:root{${theme('light')}}
@media (prefers-color-scheme:dark){:root{${theme('dark')}}}
@media print{:root{${theme('light')};--page:#ffffff}}`,
  editor: `figure.wide>svg{max-width:780px}
body{${theme('light')}}
body.vscode-dark,body.vscode-high-contrast:not(.vscode-high-contrast-light){${theme('dark')}}
body[class]{--page:var(--vscode-editor-background);--ink:var(--vscode-editor-foreground);--dim:var(--vscode-descriptionForeground);--card:var(--vscode-editorWidget-background);--line:var(--vscode-widget-border,var(--vscode-panel-border))}`,
};

export const style = (place: Place): Markup => new Markup(`
${themes[place]}
*{box-sizing:border-box}
body{margin:0 auto;padding:32px 24px 48px;max-width:1060px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,h4,p,figure,ul,ol{margin:0;padding:0}
h1{font-size:28px;line-height:1.2;overflow-wrap:anywhere}
h2.section{font-size:17px;margin:34px 0 12px}
h3{font-size:17px;display:flex;gap:9px;align-items:baseline;overflow-wrap:anywhere}
h4{font-size:14px;margin:14px 0 6px}
code{font:13px ui-monospace,"Cascadia Mono",Consolas,monospace;overflow-wrap:anywhere}
svg{display:block;max-width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
.dim{color:var(--dim)}
.brand{color:var(--dim);font-size:13px;letter-spacing:.02em;margin-bottom:4px}
.verdict-line{font-size:17px;font-weight:600;margin:6px 0 2px}
.verdict-line.faulty{color:var(--chart-warning)}
.verdict-line.well{color:var(--chart-good)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:12px;margin-top:22px}
.tile,.finding,figure.wide,.all-well{background:var(--card);border:1px solid var(--line);border-radius:8px}
.tile{padding:12px 14px}
.compact{grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:8px}.compact .tile{padding:7px 10px}
.tile h2{font-size:12px;font-weight:600;color:var(--dim);text-transform:uppercase;letter-spacing:.05em}
.tile .value{font-weight:600;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden}
.tile .dim{font-size:13px;overflow-wrap:anywhere}
.all-well{padding:16px 18px;border-left:4px solid var(--chart-good);margin-top:28px}
.finding{--tone:var(--chart-information);border-left:4px solid var(--tone);padding:16px 18px;margin-bottom:14px}
.error{--tone:var(--chart-error)}.warning{--tone:var(--chart-warning)}.information{--tone:var(--chart-information)}
.symbol{color:var(--tone);font-size:.8em;flex:none}
.where{font-size:13px;margin:2px 0 8px}
.explanation{max-width:76ch}
.evidence{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:14px 22px;margin-top:12px}
figcaption{font-size:13px;margin-bottom:5px;overflow-wrap:anywhere}
figcaption b{white-space:nowrap}
figure.wide>svg{width:100%}figure.wide{padding:12px 14px;margin-bottom:12px}
.key{white-space:nowrap;margin-left:8px}
.key svg,.scale svg{display:inline-block;vertical-align:middle;margin-right:5px}
.scale{white-space:nowrap;margin:0 8px}.scale svg{margin:0 3px;border-radius:2px}
.remedies{padding-left:22px}
.remedies>li{margin-bottom:8px}
.edits{list-style:none;display:flex;flex-wrap:wrap;gap:4px 8px;margin-top:3px}
.edits code{background:var(--chip);border-radius:4px;padding:1px 7px}
del{color:var(--dim)}ins{text-decoration:none;font-weight:600;color:var(--chart-good)}
.badge{font-size:12px;font-weight:600;border:1px solid currentcolor;border-radius:10px;padding:1px 8px;white-space:nowrap;color:var(--dim)}
.badge.helps{color:var(--chart-good)}.badge.hurts{color:var(--chart-error)}
.verification{margin-top:8px;max-width:560px}
.symptoms{border-top:1px solid var(--line);margin-top:14px}
details{padding:4px 0 4px 2px}
details[open]{padding-bottom:12px}
summary{cursor:pointer}
summary .symbol{margin-right:8px}
summary .dim{font-size:13px}
details .explanation{margin:6px 0 0 22px}details .evidence{margin-left:22px}
table{border-collapse:collapse;font-size:13.5px;background:var(--card)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
.scroll table{min-width:100%}
th,td{padding:5px 12px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
td.text{white-space:normal;overflow-wrap:anywhere;min-width:280px}
th{font-weight:600;color:var(--dim);font-size:12.5px}
.number{text-align:right}
tr.best td{font-weight:600;color:var(--chart-good)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:12px}
.tiles+*{margin-top:12px}
.pair{align-items:start}.pair .wide{margin-bottom:0}main>.pair,main>.rows{margin-bottom:12px}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px;margin-top:10px}
.sample{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px}
.sample img{width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;border-radius:4px;margin-bottom:6px}
.boxed{position:relative;margin-bottom:6px}.boxed img{display:block;aspect-ratio:auto;margin:0}.boxed svg{position:absolute;inset:0;width:100%;height:100%}
.boxed rect{fill:none;stroke:#2fbf71;stroke-width:2px;vector-effect:non-scaling-stroke}.boxed .predicted{stroke:#ff9f43;stroke-dasharray:5 3}
.sample figcaption b{white-space:normal}
.links{float:right;display:flex;flex-wrap:wrap;gap:6px;margin:0 0 8px 16px;font-size:13px}
.links>*{padding:4px 12px;border-radius:4px;border:1px solid var(--line);text-decoration:none;color:var(--ink);background:var(--chip)}
.links>a:only-child{color:var(--vscode-button-foreground);background:var(--vscode-button-background);border-color:transparent}
.links>a:hover{border-color:var(--ink)}.links>a:focus-visible{outline:1px solid var(--vscode-focusBorder);outline-offset:2px}
.links>[aria-current]{color:var(--dim);background:none}
footer{margin-top:28px;font-size:13px}
@media print{body{padding:0;font-size:12px;max-width:none}.finding,figure,.tile{break-inside:avoid}details::details-content{content-visibility:visible;block-size:auto}}
`);
