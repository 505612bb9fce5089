/** The dashboard: messages of the host go into the store, the views draw the store at most ten times a second. */
import './styles/dashboard.css';
import { Sync } from './charts/sync';
import { RunStore } from './data/store';
import { h } from './dom';
import { Frame } from './frame';
import { choices, keep, listen } from './host';
import { t, translate } from './strings';
import { onThemeChange } from './theme';
import { FindingsView } from './views/findings';
import { Header } from './views/header';
import { LayerView } from './views/layer';
import { LossView } from './views/loss';
import { MomentsView } from './views/moments';

/** The page of one run, built when its first message has arrived: the texts are known only then. */
class Dashboard {
  readonly sync = new Sync();
  private readonly frame = new Frame(() => this.draw());
  private readonly loss = new LossView(this.sync, () => this.frame.now());
  private readonly moments = new MomentsView(this.sync, () => this.frame.now());
  private readonly layer = new LayerView(this.sync);
  private readonly findings = new FindingsView((name) => this.moments.show(name));
  private readonly header = new Header(() => this.findings.element.scrollIntoView({ block: 'start' }));
  private themed = false;

  constructor(public store: RunStore) {
    this.sync.listen((change) => {
      if (change === 'range') this.frame.now();
    });
    document.body.replaceChildren(this.header.element,
      h('main', {}, h('div.charts', {}, h('div.pair', {}, this.loss.cards.loss.element, this.loss.cards.metric.element), this.moments.card.element, this.layer.card.element), this.findings.element));
    // What the canvases say is known only once they have a size.
    requestAnimationFrame(() => this.frame.request());
  }

  redraw(): void {
    this.frame.request();
  }

  recolour(): void {
    this.themed = true;
    this.frame.now();
  }

  private draw(): void {
    const { store } = this;
    this.header.update(store);
    this.loss.update(store);
    this.moments.update(store);
    this.layer.update(store, this.moments.measure, this.moments.item);
    this.findings.update(store, this.themed);
    this.themed = false;
  }
}

let dashboard: Dashboard | undefined;

const recolour = onThemeChange(() => dashboard?.recolour());

document.body.append(h('p.waiting', { role: 'status' }, t('loading')));

listen((message) => {
  if (message.type === 'theme') return recolour();
  if (message.type === 'missing') {
    dashboard = undefined;
    document.body.replaceChildren(h('p.waiting', { role: 'status' }, message.message));
    return;
  }
  if (message.type === 'hydrate') {
    translate(message.strings);
    const store = new RunStore(message.view);
    store.append(message.steps);
    if (message.view.run !== choices.run) keep({ run: message.view.run, item: '' });
    if (dashboard) dashboard.store = store;
    else dashboard = new Dashboard(store);
    return dashboard.redraw();
  }
  if (!dashboard || message.run !== dashboard.store.view.run) return;
  const { store } = dashboard;
  if (message.type === 'steps') store.append(message.steps);
  else if (message.type === 'findings') store.findings(message.findings, message.fixable);
  else Object.assign(store.view, { status: message.status, reason: message.reason });
  dashboard.redraw();
});
