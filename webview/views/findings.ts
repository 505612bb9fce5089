/** What is wrong, why, and what to change: one card per cause, its symptoms folded under it. */
import type { Finding, Remedy } from '../../engine/diagnosis/finding';
import { isFault, rootsOf, type Root } from '../../engine/diagnosis/roots';
import { evidencePicture } from '../charts/evidence';
import { verificationPicture } from '../charts/verification';
import { button, setDisabled } from '../controls';
import { parameterTable } from '../data/quantities';
import type { RunStore } from '../data/store';
import { h, on, setText } from '../dom';
import { count, number, percent, power } from '../format';
import { request, send } from '../host';
import { t } from '../strings';
import { editLines, lookup } from './edits';

/** Faults that are shown whole; a panel with more of them would be a wall. */
const FAULTS = 3;

const symbols = { error: '●', warning: '▲', information: 'ℹ' } as const;
const order = { error: 0, warning: 1, information: 2 } as const;
const verdicts = { helps: ['✓', 'helps'], 'no difference': ['=', 'noDifference'], hurts: ['✕', 'hurts'] } as const;

export class FindingsView {
  readonly element = h('aside', { 'aria-labelledby': 'findings-title', id: 'findings' });
  private readonly title = h('h2', { id: 'findings-title' }, t('findings'));
  private readonly list = h('div.finding-list');
  private shown = '';
  private readonly open = new Set<string>();
  private readonly errors = new Map<string, string>();

  constructor(private readonly show: (name: string) => void) {
    this.element.append(this.title, this.list);
  }

  update(store: RunStore, force = false): void {
    const { findings, fixable, status } = store.view;
    // Cards are rebuilt only when what they say changes, so that focus and folds stay while the run goes on.
    const wanted = JSON.stringify([store.view.run, findings, fixable]) + (findings.length === 0 ? `${status} ${store.lastStep}` : '');
    if (wanted === this.shown && !force) return;
    this.shown = wanted;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.focus;
    const roots = rootsOf(findings).sort((a, b) => order[a.finding.severity] - order[b.finding.severity]);
    const faults = roots.filter(({ finding }) => isFault(finding)).map((root) => this.cardOf(store, root));
    const hints = roots.filter(({ finding }) => !isFault(finding)).map((root) => this.cardOf(store, root));
    setText(this.title, t('findings'));
    this.list.replaceChildren(...(faults.length > 0 ? faults.slice(0, FAULTS) : [this.healthy(store)]),
      ...this.folded('faults', t('moreFaults', faults.length - FAULTS), faults.slice(FAULTS)),
      ...(hints.length === 1 ? hints : this.folded('hints', t('hints', hints.length), hints)));
    if (focused) this.element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  private folded(key: string, summary: string, cards: HTMLElement[]): HTMLElement[] {
    if (cards.length === 0) return [];
    const fold = this.fold(`/${key}`, summary, cards);
    fold.classList.add('more');
    return [fold];
  }

  private cardOf(store: RunStore, { finding, symptoms }: Root): HTMLElement {
    const { fixable } = store.view;
    const element = h('article.finding', { 'aria-label': `${t(finding.severity)}: ${finding.title}` },
      h('h3', {}, h('span.severity', { title: t(finding.severity), role: 'img', 'aria-label': t(finding.severity) }, symbols[finding.severity]), finding.title),
      h('p.where', {}, this.when(finding), ' · ', this.place(finding),
        ...(finding.confidence < 1 ? [' · ', h('span', { title: t('confidenceTitle') }, t('confidence', percent(finding.confidence)))] : [])),
      h('p.explanation', {}, finding.explanation));
    element.classList.add(finding.severity);
    element.append(...this.evidence(finding));
    const [first, ...others] = finding.remedies.map((remedy, i) => this.remedy(store, finding, remedy, i, fixable.includes(finding.id)));
    if (first) element.append(first);
    if (others.length > 0) element.append(this.fold(`${finding.id}/others`, others.length === 1 ? t('oneMoreRemedy') : t('moreRemedies', others.length), others));
    if (symptoms.length > 0) {
      const rows = symptoms.map((symptom) => {
        const row = this.fold(`${finding.id}/symptom/${symptom.id}`, h('span', {}, h('span.severity', { 'aria-hidden': 'true' }, symbols[symptom.severity]), symptom.title), [
          h('p.where', {}, this.when(symptom), ' · ', this.place(symptom)), h('p.explanation', {}, symptom.explanation), ...this.evidence(symptom),
          h('div.links', {}, this.link(t('why'), () => send({ type: 'openRule', rule: symptom.rule }), `${symptom.id}/rule`), h('code.dim', {}, symptom.rule)),
        ]);
        row.classList.add('symptom', symptom.severity);
        return row;
      });
      element.append(this.fold(`${finding.id}/symptoms`, symptoms.length === 1 ? t('oneSymptom') : t('symptoms', symptoms.length), rows));
    }
    element.append(h('div.links', {}, this.link(t('why'), () => send({ type: 'openRule', rule: finding.rule }), `${finding.id}/rule`),
      this.link(t('showKey'), () => send({ type: 'openKey', path: finding.target.path }), `${finding.id}/key`), h('code.dim', {}, finding.rule)));
    return element;
  }

  private when({ step, lastStep }: Finding): string {
    return step <= 0 ? t('beforeFirstStep') : step === lastStep ? t('atStep', count(step)) : t('atSteps', count(step), count(lastStep));
  }

  private evidence(finding: Finding): HTMLElement[] {
    return finding.evidence.map((evidence) => h('figure', {}, h('figcaption', {}, h('span', {}, evidence.label), h('b', {}, number(evidence.value ?? NaN)),
      h('span.dim', {}, `${evidence.comparison === 'above' ? '>' : '<'} ${t('threshold', number(evidence.threshold))}`),
      evidence.points?.shows !== undefined && h('span.dim', {}, t('shows', evidence.points.shows))), evidencePicture(evidence, finding)));
  }

  /** The tensor or layer at fault, as a link to its row; else the key. */
  private place({ id, target }: Finding): HTMLElement {
    const name = target.parameter ?? target.layer;
    return name !== undefined
      ? this.link(name, () => this.show(name), `${id}/place`, t('showLayer', name))
      : this.link(target.path, () => send({ type: 'openKey', path: target.path }), `${id}/place`, t('openKey', target.path));
  }

  private link(text: string, run: () => void, focus: string, title?: string): HTMLElement {
    const made = h('button.link', { title, 'data-focus': focus }, text);
    on(made, 'click', run);
    return made;
  }

  private fold(key: string, summary: string | HTMLElement, content: HTMLElement[]): HTMLElement {
    const made = h('details', { open: this.open.has(key) }, h('summary', { 'data-focus': key }, summary), ...content);
    made.addEventListener('toggle', () => (made.open ? this.open.add(key) : this.open.delete(key)));
    return made;
  }

  private remedy(store: RunStore, finding: Finding, remedy: Remedy, index: number, fixable: boolean): HTMLElement {
    const key = `${finding.id}/remedy/${index}`;
    const lines = editLines(store.view.header.config, remedy.edits).map(({ what, from, to }) => h('code.edit', {}, h('span', {}, what), ' ',
      from !== '' && h('del', {}, from), from !== '' && to !== '' && h('span.arrow', { 'aria-hidden': 'true' }, ' → '), to !== '' && h('ins', {}, to)));
    const error = h('p.error-text', { role: 'alert', hidden: !this.errors.has(key) }, this.errors.get(key) ?? '');
    const apply = button(t('apply'), () => {
      setDisabled(apply, true);
      request({ type: 'apply', findingId: finding.id, remedyIndex: index }).then(
        () => { apply.textContent = `✓ ${t('apply')}`; apply.title = t('applied'); this.errors.delete(key); error.hidden = true; },
        (reason: Error) => {
          this.errors.set(key, reason.message);
          error.textContent = reason.message;
          error.hidden = false;
          setDisabled(apply, false);
        });
    }, { appearance: index === 0 ? 'primary' : 'secondary', title: fixable ? t('applyTitle') : t('notApplicable'), label: `${t('apply')}: ${remedy.title}` });
    apply.dataset.focus = `${key}/apply`;
    setDisabled(apply, !fixable);
    const verify = button(t('verify'), () => {
      setDisabled(verify, true);
      request({ type: 'verify', findingId: finding.id, remedyIndex: index }).then(() => setDisabled(verify, false), (reason: Error) => {
        error.textContent = reason.message;
        error.hidden = false;
        setDisabled(verify, false);
      });
    }, { appearance: 'secondary', title: t('verifyTitle'), label: `${t('verify')}: ${remedy.title}` });
    verify.dataset.focus = `${key}/verify`;
    setDisabled(verify, !store.view.canTrain || store.view.status === 'training');
    const copy = button(t('copyEdit'), () => {
      send({ type: 'copyTable', text: remedy.edits.map(({ path, value }) => `"${path.split('.').at(-1)}": ${JSON.stringify(value)}`).join('\n') });
      setText(copy, '✓');
      setTimeout(() => setText(copy, t('copyEdit')), 1500);
    }, { label: `${t('copyEdit')}: ${remedy.title}` });
    const verdict = remedy.verified && h(`span.verdict.${remedy.verified.verdict.replace(' ', '-')}` as 'span', {}, `${verdicts[remedy.verified.verdict][0]} ${t(verdicts[remedy.verified.verdict][1])}`);
    return h('div.remedy', {}, h('p', {}, remedy.title, ' ', verdict),
      remedy.edits.length > 0 && h('div.remedy-row', {}, h('div.edits', {}, ...lines), h('div.remedy-actions', {}, copy, verify, apply)), remedy.verified && verificationPicture(remedy.verified), error);
  }

  /** Nothing is wrong: says what was looked at and how it stands, so that silence is not mistaken for not looking. */
  private healthy(store: RunStore): HTMLElement {
    const { header, status } = store.view;
    const { type } = (lookup(header.config, 'optimizer') ?? {}) as { type?: string };
    const adam = type?.startsWith('adam') ?? false;
    const measured = store.parameters.columns > 0;
    const points = [
      t('watchedLoss', t(header.metric).toLowerCase()),
      ...(measured ? [t('watchedTensors', count(header.parameters.length))] : []),
      ...(store.activations.columns > 0 ? [t('watchedActivations', count(header.activations.length))] : []),
      ...(measured && adam ? [t('watchedMoments')] : []),
    ];
    const ratio = usualRatio(store);
    const { healthy } = parameterTable.updateRatio;
    if (healthy && ratio >= healthy[0] && ratio <= healthy[1]) points.push(t('updateNow', number(ratio), power(healthy[0]), power(healthy[1])));
    return h('div.all-well', {}, h('div.all-well-mark', { 'aria-hidden': 'true' }, '✓'),
      h('h3', {}, t(status === 'training' ? 'watching' : 'noFaults')), h('p.dim', {}, header.level === 'off' ? t('notWatched') : t('watched')),
      h('ul', {}, ...points.map((point) => h('li', {}, point))));
  }
}

/** Median update / weight ratio of the matrices in the last column; NaN where not measured. */
function usualRatio(store: RunStore): number {
  const ratios = store.items('parameter').filter(({ group }) => group === 0)
    .map(({ index }) => store.series({ of: 'parameter', quantity: 'updateRatio' }, index))
    .map(({ bins, row }) => (bins.columns > 0 ? bins.mean((bins.columns - 1) * bins.rows + row) : NaN))
    .filter(Number.isFinite).sort((a, b) => a - b);
  return ratios[ratios.length >> 1] ?? NaN;
}
