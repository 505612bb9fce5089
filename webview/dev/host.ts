/**
 * Stands in for the extension host on the development page. Address: `?run=exploding&steps=1240&theme=dark&status=training&live=20&depth=5`;
 * `live` adds that many steps a second.
 */
import { packSteps, type PanelMessage, type PanelState } from '../../extension/panel/protocol';
import { findings, kinds, records, view, type Kind } from './feeder';

const query = new URLSearchParams(location.search);
const kind = kinds.find((name) => name === query.get('run')) ?? ('exploding' satisfies Kind);
const status = (query.get('status') ?? 'training') as 'training';
const depth = query.has('depth') ? Number(query.get('depth')) : undefined;
let step = Number(query.get('steps') ?? 1240);

const themeClass: Record<string, string> = { dark: 'vscode-dark', light: 'vscode-light', hc: 'vscode-high-contrast', hclight: 'vscode-high-contrast vscode-high-contrast-light' };
document.body.className = themeClass[query.get('theme') ?? 'dark'];

/** Everything the page has posted, for tests. */
const posted: PanelMessage[] = [];
const post = (data: unknown): void => window.postMessage(data, '*');

Object.assign(window, {
  posted,
  acquireVsCodeApi: () => ({
    postMessage(message: PanelMessage) {
      posted.push(message);
      if (message.type === 'ready') {
        const shown = view(kind, step, status, depth);
        post({ type: 'hydrate', view: shown, steps: packSteps(step > 0 ? records(kind, 1, step, depth) : []), strings: {} });
      } else post({ type: 'reply', id: message.id });
    },
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') as PanelState | undefined,
    setState: (state: PanelState) => sessionStorage.setItem('state', JSON.stringify(state)),
  }),
});

const live = Number(query.get('live') ?? 0);
if (live > 0) {
  setInterval(() => {
    const next = step + Math.max(1, Math.round(live / 10));
    post({ type: 'steps', run: `/runs/${kind}`, steps: packSteps(records(kind, step + 1, next, depth)) });
    const before = findings(kind, step);
    step = next;
    const now = findings(kind, step);
    if (JSON.stringify(before) !== JSON.stringify(now)) post({ type: 'findings', run: `/runs/${kind}`, findings: now, fixable: now.map(({ id }) => id) });
  }, 100);
}
