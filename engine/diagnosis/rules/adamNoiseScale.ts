import { AdamView } from '../adam';
import { batchTowardsNoiseScale, describeScale, lessNoise } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { lossOf } from '../view';
import { firstAndLast, mostly, windows, type Window } from '../windows';

/** Steps that a small signal needs to stand out. */
const long = 64;
/** And a large one, which shows while the loss still falls fast. */
const short = 24;

/** Beyond that a quotient is not known. */
const most = 1e6;

export const adamNoiseScale = rule({
  id: 'adam-noise-scale',
  title: 'Batch size is far from the noise scale',
  defaults: {
    // Batch size over B_simple = B / SNR (McCandlish et al. 2018) [derived].
    above: 10,
    // B_simple over batch size: small batches are often chosen on purpose [derived].
    below: 50,
    // While the loss is above this share of the untrained loss: later every gradient is noise [derived].
    lossShare: 0.5,
  },
  check(view, { above, below, lossShare }) {
    const adam = AdamView.of(view);
    if (!adam) return [];
    const learning = (window: Window): boolean => mostly(window, (i) => lossOf(view.measured[i]) > lossShare * view.baseline.loss, 0.5);
    const small = firstAndLast(windows(view.measured.length, long + 2, long), (window) => learning(window) && adam.signalToNoise(window) < 1 / below);
    const large = firstAndLast(windows(view.measured.length, short + 2, short), (window) => learning(window) && adam.signalToNoise(window) > above);
    const found = large && !(small && small.first.end < large.first.end) ? large : small;
    if (!found) return [];
    const isSmall = found === small;
    const snr = adam.signalToNoise(found.first);
    const span = view.span(found);
    const quotient = (ratio: number): number => Math.min(isSmall ? 1 / ratio : ratio, most);
    const scale = adam.noiseScale(found.first);
    const size = isSmall ? long / 2 : short / 2;
    const around = (i: number): Window => ({ start: Math.max(0, i - size), end: Math.min(view.measured.length, i + size) });
    return [{
      of: isSmall ? 'small' : 'large',
      // A batch size is a choice; where noise keeps the loss up, adam-signal-to-noise warns.
      severity: 'information',
      title: `Batch is far ${isSmall ? 'below' : 'above'} the noise scale`,
      explanation: `From step ${span.step} on the noise scale of the gradient is ${describeScale(scale, adam.batchSize)}, the batch has ${adam.batchSize}. `
        + (isSmall ? 'Each step mostly follows the choice of its samples.' : 'Most samples of a batch repeat what the others say, and the same samples would give many more steps.'),
      target: { path: 'batchSize' },
      ...span,
      evidence: [{ label: isSmall ? 'noise scale over batch size' : 'batch size over noise scale', value: quotient(snr), threshold: isSmall ? below : above, comparison: 'above', curve: { at: view.measured, value: (i) => quotient(adam.signalToNoise(around(i))) } }],
      remedies: useful(view, [batchTowardsNoiseScale(adam, scale), isSmall ? lessNoise(adam) : undefined]),
    }];
  },
});
