/** Every text of the panel, in one table; the host may replace any of them by the user's language. `{0}`, `{1}` are filled in. */
const english = {
  // Status: a symbol and a word, never colour alone.
  training: 'training', finished: 'finished', diverged: 'diverged', stopped: 'stopped', failed: 'failed',
  loading: 'Waiting for the run…',
  stepOf: 'step {0} of {1}', epochOf: 'epoch {0} of {1}', samplesPerSecond: '{0} samples/s', left: '{0} left', took: 'took {0}',
  stop: 'Stop', resume: 'Resume', trainAgain: 'Train again', openLog: 'Show log', exportModel: 'Export ONNX',
  untrusted: 'Trust this workspace to train.',
  openKey: 'Show {0} in the run file', faultyKey: '{0}, named by a finding. Show it in the run file',
  findingsButton: '{0} findings', oneFinding: '1 finding',
  progress: 'Progress',

  loss: 'Loss', train: 'train', validation: 'validation', trainSmoothed: 'train, smoothed',
  logScale: 'Log', logTitle: 'Logarithmic loss axis', smoothing: 'Smooth', resetZoom: 'Reset zoom', copyTable: 'Copy values as a table', copied: 'Copied',
  lossHealthy: 'Healthy: falls steadily and validation follows training. A rise, a plateau or a growing gap is not.',
  lossHealthyClasses: 'Healthy: falls steadily from ln {0} = {1} (a uniform guess) and validation follows training.',
  accuracyHealthy: 'Healthy: rises; validation stays close.',
  maeHealthy: 'Healthy: falls; validation stays close.',
  scoreHealthy: 'Measured on the validation set after every epoch. Healthy: rises.',
  errorHealthy: 'Measured on the validation set after every epoch. Healthy: falls.',
  lossScale: 'Loss scale',
  lossScaleHealthy: 'What the loss is multiplied by for float16. Healthy: doubles every 2000 steps, is halved now and then.',
  metricShown: 'Metric shown',
  accuracy: 'Accuracy', mae: 'Mean absolute error',
  guess: 'ln {0} = {1}', nanAt: 'NaN at step {0}', nanFrom: 'NaN from step {0}', fault: '{0}, steps {1}–{2}',
  atStep: 'step {0}', atSteps: 'steps {0}–{1}', notMeasured: 'not measured', rangeOf: '{0} ({1} to {2})',
  noData: 'The first values appear here in a moment.',
  notMeasuredAtLevel: 'Not measured in this run: set diagnose.level to "standard" or "full".',
  zoomHint: 'Drag to zoom, double-click to reset. With the keyboard: arrows move, + and − zoom, Esc resets.',

  moments: 'Moments', quantity: 'Quantity shown',
  heatHealthyDark: 'Healthy: one even colour through depth, changing slowly. A bright front is an explosion, a dark row has stopped learning.',
  heatHealthyLight: 'Healthy: one even colour through depth, changing slowly. A dark front is an explosion, a pale row has stopped learning.',
  heatHealthyRange: 'Healthy: {0}.',
  heatShareHealthy: 'below {0} everywhere', heatTargetHealthy: '{0} to {1}, best near {2}', heatRangeHealthy: '{0} to {1}', heatNoneHealthy: 'none at all',
  heatHint: 'Arrows choose the row and the step.',
  nanCell: 'NaN or Inf',
  heatLabel: '{0} of {1} at {2}: {3}',

  gradientNorm: 'gradient norm', gradientMeanAbs: 'mean absolute gradient', gradientMaxAbs: 'largest absolute gradient',
  gradientZeroShare: 'share of zero gradients', nonFinite: 'NaN or Inf gradients', firstMomentNorm: 'first moment', secondMomentNorm: 'root of second moment',
  updateNorm: 'update norm', weightNorm: 'weight norm', updateStd: 'spread of the update', weightStd: 'spread of the weights',
  updateMaxAbs: 'largest update over learning rate', signalToNoise: 'signal share of the moments', rms: 'gradient over second moment',
  epsilonShare: 'weight of epsilon', momentCosine: 'gradient against momentum', gradientCosine: 'step against gradient', updateRatio: 'update / weight ratio',
  activationMean: 'activation mean', activationStd: 'activation spread', deadShare: 'dead units', saturatedShare: 'saturated units',
  activationNonFinite: 'NaN or Inf activations',

  values: '{0} values', target: 'target {0}',
  layerHealthy: 'Grey band: the middle half of all tensors; green band: the healthy range. √v follows ‖g‖ with a lag of about 1 / (1 − β₂) = {0} steps.',
  layerHealthyPlain: 'Grey band: the middle half of all tensors; green band: the healthy range. A curve that leaves both is the layer to look at.',

  sizes: 'Sizes of the elements', gradientSizes: 'sizes of the gradient', secondMomentSizes: 'sizes of the root of the second moment',
  median: 'median', medianOf: 'median {0} (80 %: {1} to {2})', medianAll: 'median {0}',
  binBelow: '0 or below {0}', binAbove: '{0} and more, NaN', binBetween: '{0} to {1}', noSize: '∞ or NaN',
  histogramHealthy: 'Healthy: one hump that drifts slowly, √v well above ε = {0}. A hump that sinks towards 0 vanishes, one that rises explodes.',
  histogramHealthyPlain: 'Healthy: one hump that drifts slowly. A hump that sinks towards 0 vanishes, one that rises explodes.',
  histogramHint: 'How |g| and √v are spread over the elements is measured at diagnose.level "full".',

  findings: 'Findings', error: 'error', warning: 'warning', information: 'information',
  noFaults: 'No fault found', watching: 'Nothing wrong so far',
  watched: 'Watched at every recorded step:',
  watchedLoss: 'loss and {0}, for NaN, plateau, oscillation, overfitting', watchedTensors: '{0} parameter tensors, for exploding and vanishing gradients and update size',
  watchedActivations: '{0} activations, for dead units and NaN', watchedMoments: 'the optimizer\'s moments m and v',
  notWatched: 'This run measured nothing (level "off"), so only the loss was watched.',
  updateNow: 'median update / weight ratio now {0}: healthy is {1} to {2}',
  verify: 'Verify', verifyTitle: 'Train with and without this change and compare', without: 'without', withChange: 'with the change', ratio: '{0} × {1} ({2}: {3} to {4})', difference: '{0}: {1} ({2}: {3} to {4})', divergedAt: 'diverged without the change at {0}, with it at {1} of {2} seeds',
  apply: 'Apply', applied: 'Applied to the run file', copyEdit: 'Copy', why: 'About this rule', showLayer: 'Show {0} in the heat map', showKey: 'Show key',
  applyTitle: 'Write this change into the run file', notApplicable: 'The run file no longer holds this key, or has it already.',
  symptoms: '{0} symptoms of it', oneSymptom: '1 symptom of it', threshold: 'limit {0}', remove: 'remove {0}', insertBefore: 'insert before {0}:',
  helps: 'verified: helps', noDifference: 'verified: no difference', hurts: 'verified: hurts', moreRemedies: '{0} other remedies', oneMoreRemedy: '1 other remedy',
  measured: '{0}: {1}, limit {2}', beforeFirstStep: 'before the first step',
  moreFaults: '{0} more faults', hints: '{0} hints', shows: '(drawn: {0})', confidence: '{0} agree', confidenceTitle: 'Share of the measurements in this window that are beyond the limit',
} as const;

export type StringKey = keyof typeof english;

let translated: Partial<Record<string, string>> = {};

/** Takes the host's texts; keys it does not have stay English. */
export function translate(strings: Record<string, string>): void {
  translated = strings;
}

export function t(key: StringKey, ...values: (string | number)[]): string {
  return (translated[key] ?? english[key]).replace(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)] ?? ''));
}
