/** Name, state and progress of the run, its hyperparameters, and what can be done with it. */
import type { Finding } from '../../engine/diagnosis/finding';
import { button, progressRing } from '../controls';
import type { RunStore } from '../data/store';
import { h, on, setAttributes, setText } from '../dom';
import { compact, count, duration, setting } from '../format';
import { send } from '../host';
import { t } from '../strings';
import { lookup } from './edits';

const symbols = { training: '▶', finished: '✓', diverged: '✕', stopped: '■', failed: '!' } as const;

/** Keys of the run file that are shown, where the run has them. */
const keys: [path: string, symbol: string][] = [
  ['optimizer.learningRate', 'lr'], ['optimizer.beta1', 'β₁'], ['optimizer.beta2', 'β₂'], ['optimizer.epsilon', 'ε'],
  ['optimizer.momentum', 'momentum'], ['optimizer.alpha', 'α'], ['optimizer.weightDecay', 'decay'], ['batchSize', 'batch'],
];

export class Header {
  readonly element: HTMLElement;
  private readonly name = h('h1');
  private readonly pill = h('span.pill', { role: 'status' });
  private readonly meta = h('div.meta');
  private readonly chips = h('div.chips');
  private readonly actions = h('div.actions');
  private readonly bar = h('div.bar', { role: 'progressbar', 'aria-label': t('progress'), 'aria-valuemin': 0 }, h('div.bar-fill'));
  private readonly ring = progressRing(t('training'));
  private readonly findings = h('button.link.finding-count');
  private shownActions = '';

  constructor(showFindings: () => void) {
    on(this.findings, 'click', showFindings);
    this.element = h('header', {}, h('div.identity', {}, this.name, this.pill, this.findings), this.meta, this.chips, this.actions, this.bar);
  }

  update(store: RunStore): void {
    const { view } = store;
    const { status } = view;
    setText(this.name, view.title);
    this.name.title = view.run;
    this.pill.className = `pill ${status}`;
    this.pill.title = view.reason;
    this.pill.replaceChildren(...(status === 'training' ? [this.ring] : [h('span', { 'aria-hidden': 'true' }, symbols[status])]), t(status));
    const roots = view.findings.filter((f) => !f.symptomOf && f.severity !== 'information');
    const worst = roots.some((f) => f.severity === 'error') ? 'error' : 'warning';
    this.findings.className = `link finding-count ${worst}`;
    this.findings.hidden = roots.length === 0;
    setText(this.findings, `${worst === 'error' ? '●' : '▲'} ${roots.length === 1 ? t('oneFinding') : t('findingsButton', roots.length)}`);
    this.updateMeta(store);
    this.updateChips(view.header.config, view.findings);
    this.updateActions(store);
    const total = Math.max(view.header.totalSteps, store.lastStep, 1);
    setAttributes(this.bar, { 'aria-valuemax': total, 'aria-valuenow': store.lastStep });
    (this.bar.firstElementChild as HTMLElement).style.transform = `scaleX(${store.lastStep / total})`;
  }

  private updateMeta(store: RunStore): void {
    const { header, status, reason } = store.view;
    const config = header.config as unknown as { batchSize?: number; epochs?: number };
    const speed = store.stepsPerSecond;
    const batch = config.batchSize ?? header.trainSamples / Math.max(1, header.stepsPerEpoch);
    const epochs = Math.max(1, Math.ceil(header.totalSteps / Math.max(1, header.stepsPerEpoch)));
    const live = status === 'training';
    const parts = [
      h('span', {}, t('stepOf', count(store.lastStep), count(header.totalSteps))),
      h('span', {}, t('epochOf', count(Math.min(epochs, store.epoch + 1)), count(epochs))),
      Number.isFinite(speed) && h('span', {}, t('samplesPerSecond', compact(speed * batch))),
      live && speed > 0 && h('span', {}, t('left', duration((header.totalSteps - store.lastStep) / speed))),
      !live && store.seconds > 0 && h('span', {}, t('took', duration(store.seconds))),
      h('span.device', { title: header.deviceReason, tabindex: 0, 'aria-label': `${header.device}: ${header.deviceReason}` }, header.device),
      !live && reason !== '' && h('span.reason', {}, reason),
    ].filter((part): part is HTMLElement => Boolean(part));
    const active = document.activeElement?.classList.contains('device');
    this.meta.replaceChildren(...parts);
    if (active) this.meta.querySelector<HTMLElement>('.device')?.focus();
  }

  private updateChips(config: unknown, findings: Finding[]): void {
    const faulty = new Map<string, Finding>();
    for (const finding of findings) {
      if (finding.symptomOf || finding.severity === 'information') continue;
      for (const path of [finding.target.path, ...(finding.remedies[0]?.edits.map((edit) => edit.path) ?? [])]) if (!faulty.has(path)) faulty.set(path, finding);
    }
    const shown = keys.map(([path, symbol]) => ({ path, symbol, value: lookup(config, path) }))
      .filter(({ path, value }) => typeof value === 'number' && !(value === 0 && path.startsWith('optimizer.')));
    const wanted = shown.map(({ path, value }) => `${path}=${String(value)}${faulty.get(path)?.severity ?? ''}`).join();
    if (this.chips.dataset.shown === wanted) return;
    this.chips.dataset.shown = wanted;
    this.chips.replaceChildren(...shown.map(({ path, symbol, value }) => {
      const finding = faulty.get(path);
      const label = finding ? t('faultyKey', path) : t('openKey', path);
      const chip = h('button.chip', { title: finding ? `${finding.title}. ${t('openKey', path)}` : label, 'aria-label': `${symbol} ${setting(value)}. ${label}` },
        finding !== undefined && h('span.chip-mark', { 'aria-hidden': 'true' }, finding.severity === 'error' ? '●' : '▲'), h('span.dim', {}, symbol), h('b', {}, setting(value)));
      if (finding) chip.classList.add(finding.severity);
      on(chip, 'click', () => send({ type: 'openKey', path }));
      return chip;
    }));
  }

  private updateActions({ view: { status, canTrain } }: RunStore): void {
    const wanted = `${status} ${canTrain}`;
    if (this.shownActions === wanted) return;
    this.shownActions = wanted;
    const title = canTrain ? undefined : t('untrusted');
    const make = (text: string, type: 'stop' | 'resume' | 'train' | 'exportModel' | 'openLog', appearance: 'primary' | 'secondary' = 'secondary'): HTMLElement => {
      const made = button(text, () => send({ type }), { appearance, title });
      if (!canTrain && type !== 'openLog' && type !== 'exportModel') setAttributes(made, { disabled: true });
      return made;
    };
    this.actions.replaceChildren(...(status === 'training'
      ? [make(t('stop'), 'stop')]
      : [
          ...(status === 'failed' ? [make(t('openLog'), 'openLog')] : []),
          ...(status === 'finished' ? [make(t('exportModel'), 'exportModel')] : []),
          ...(status === 'stopped' || status === 'failed' ? [make(t('resume'), 'resume', 'primary')] : []),
          make(t('trainAgain'), 'train', status === 'stopped' || status === 'failed' ? 'secondary' : 'primary'),
        ]));
  }
}
