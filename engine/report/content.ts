/** What a report says, whatever it is written in. Pure. */
import path from 'node:path';
import type { Evidence, Finding, Verification } from '../diagnosis/finding';
import { formatLoss, formatNumber, percent } from '../diagnosis/numbers';
import { count } from '../chart/plot';
import type { StoredResult } from '../run/folder';
import type { LayerEntry } from '../layers/schema';
import { byOutput, type LossOptions } from '../loss/schema';
import { scoreText, scoreTitle } from '../metrics/text';
import { mainMetric, type RunRecord } from '../run/record';
import { setting } from '../run/changes';
import { isFault, rootsOf } from '../diagnosis/roots';

export interface ReportInput {
  record: RunRecord;
  findings: readonly Finding[];
  /** How the run ended; absent while it lives. */
  result?: StoredResult;
}

/** "2 faults and 1 hint". */
export function tally(findings: readonly Finding[]): string {
  const roots = rootsOf(findings).map(({ finding }) => finding);
  const faults = roots.filter(isFault).length;
  const hints = roots.length - faults;
  const several = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return [faults === 0 ? 'No fault found' : several(faults, 'fault'), hints > 0 && several(hints, 'hint')].filter(Boolean).join(', ');
}

export const whenOf = ({ step, lastStep }: Finding): string =>
  step <= 0 ? 'before the first step' : step === lastStep ? `step ${count(step)}` : `steps ${count(step)}–${count(lastStep)}`;

export const placeOf = ({ target }: Finding): string => target.parameter ?? target.layer ?? target.path;

/** Absent for what is known for certain. */
export const confidenceOf = ({ confidence }: Finding): string | undefined => (confidence < 1 ? `${percent(confidence)} of the measurements agree` : undefined);

/** "gradient norm: 214, limit 32". */
export const measuredOf = ({ value, threshold, comparison }: Evidence): string => `${formatNumber(value ?? NaN)} ${comparison === 'above' ? '>' : '<'} limit ${formatNumber(threshold)}`;

/** "training loss times 0.61 (95 % interval 0.52 to 0.71) over up to 100 steps from step 310, 3 seeds". */
export function verifiedText({ measure, ratio, difference, diverged, seeds, from, steps }: Verification): string {
  const outcomes = [
    ratio && `${measure} times ${formatLoss(ratio.mean)} (95 % interval ${formatLoss(ratio.low)} to ${formatLoss(ratio.high)})`,
    difference && `${measure} ${signed(difference.mean)} (95 % interval ${signed(difference.low)} to ${signed(difference.high)})`,
    diverged.without + diverged.with > 0 && `diverged at ${diverged.without} of ${seeds.length} seeds without the change, at ${diverged.with} with it`,
  ].filter(Boolean).join(', ');
  return `${outcomes || measure} over up to ${count(steps)} steps from ${from === 0 ? 'the start' : `step ${count(from)}`}, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${formatLoss(value)}`.replace('-', '−');

/** What was trained, on what, how, and what came of it. */
export function summaryOf({ record: { header, steps }, result }: ReportInput): { label: string; value: string; note: string }[] {
  const { config } = header;
  const weights = header.parameters.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  const { type, ...options } = config.optimizer as { type: string } & Record<string, unknown>;
  const last = steps.at(-1);
  const validated = steps.findLast(({ validation }) => validation)?.validation;
  const loss = result?.train.loss ?? last?.loss ?? NaN;
  return [
    {
      label: 'Model', value: 'layers' in config.model ? layersText(config.model) : path.basename(config.model.onnx),
      note: `${count(weights)} weights in ${header.parameters.length} tensors`,
    },
    {
      label: 'Data', value: `${count(header.trainSamples)} training samples${header.validationSamples > 0 ? `, ${count(header.validationSamples)} for validation` : ''}`,
      note: [header.classes !== undefined && `${header.classes} classes`, `batches of ${config.batchSize}`, `loss ${byOutput(config.loss as LossOptions).map(({ output, loss: own }) => `${output === undefined ? '' : `${output} `}${typeOf(own)}`).join(' + ')}`].filter(Boolean).join(', '),
    },
    {
      label: 'Optimizer', value: `${type}, learningRate ${setting(options.learningRate)}`,
      note: [
        ...Object.entries(options).filter(([key, value]) => key !== 'learningRate' && value !== 0 && value !== false).map(([key, value]) => `${key} ${setting(value)}`),
        !config.schedule && 'constant learning rate',
        config.schedule && `schedule ${typeOf(config.schedule)}${config.schedule.warmupSteps ? ` with ${config.schedule.warmupSteps} warm-up steps` : ''}`,
        config.clip && `clip ${setting(config.clip)}`,
      ].filter(Boolean).join(', '),
    },
    {
      label: 'Result', value: `${result?.status ?? 'not ended'} at step ${count(last?.step ?? 0)} of ${count(header.totalSteps)}`,
      note: [
        `training loss ${formatLoss(loss)}`,
        validated && `validation loss ${formatLoss(validated.loss)}, ${header.outputs ? `${scoreTitle(mainMetric(header))} ${scoreText(mainMetric(header), validated.metric)}` : header.metric === 'accuracy' ? `accuracy ${percent(validated.metric)}` : `mean absolute error ${formatNumber(validated.metric)}`}`,
        result?.reason,
      ].filter(Boolean).join(', '),
    },
  ];
}

const layersText = ({ layers, heads = {} }: { layers: LayerEntry[]; heads?: Record<string, LayerEntry[]> }): string =>
  [folded(layers.map(layerName)).join(' · '), ...Object.entries(heads).map(([head, own]) => `${head}: ${folded(own.map(layerName)).join(' · ')}`)].join('; ');

/** Blocks that repeat are told once: "6 × (dense 64 · sigmoid)". */
function folded(names: readonly string[]): string[] {
  const list: string[] = [];
  for (let i = 0; i < names.length;) {
    const repeats = [1, 2, 3, 4].map((size) => {
      let times = 1;
      while (names.slice(i, i + size).every((name, k) => names[i + times * size + k] === name)) times++;
      return { size, times };
    });
    const best = repeats.reduce((a, b) => (b.times > 1 && b.times * b.size > a.times * a.size ? b : a));
    const block = names.slice(i, i + best.size).join(' · ');
    list.push(best.times === 1 ? names[i] : `${best.times} × ${best.size > 1 ? `(${block})` : block}`);
    i += best.times * (best.times === 1 ? 1 : best.size);
  }
  return list;
}

const layerName = (layer: unknown): string => {
  if (typeof layer === 'string') return layer;
  const [[name, options]] = Object.entries(layer as Record<string, unknown>);
  const units = typeof options === 'number' ? options : (options as { units?: unknown; filters?: unknown })?.units ?? (options as { filters?: unknown })?.filters;
  return typeof units === 'number' ? `${name} ${units}` : name;
};
const typeOf = (entry: unknown): string => (typeof entry === 'string' ? entry : String((entry as { type?: unknown }).type ?? ''));
