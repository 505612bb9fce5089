/** Everything that can be said of a trained model on a data set. */
import { newArray, sizeOf } from '../onnx/tensor';
import type { Dataset } from '../data/dataset';
import type { LoadedData } from '../data/load';
import { labelsFor } from '../loss/objective';
import { Measurements } from '../metrics/measurements';
import { localizationOf } from '../metrics/localization';
import { named, type PlainMetric, type Scores } from '../metrics/names';
import type { Corners } from '../metrics/overlaps';
import type { EvaluationReport, WorstSample } from '../metrics/report';
import type { Evaluator } from './evaluation';
import { type Judged, OutputReporter } from './outputReport';
import { png } from './png';
import type { Training } from './setup';

export async function evaluationReport(name: string, training: Training, evaluator: Evaluator, which: 'validation' | 'test', worstSamples = 12): Promise<EvaluationReport> {
  const data = training.data[which]!;
  const objectives = await evaluator.objectives(data);
  const reporters = objectives.map((objective, i) => new OutputReporter(objective, data.samples, data.targets[i].classes));
  const together = new Measurements(localizationOf(reporters.map(({ problem }) => problem)) ? ['localizationAccuracy'] : [], objectives);
  const worst = new Worst(worstSamples);
  let start = 0;
  const { loss, scores } = await evaluator.evaluate(data, (outputs, labels, count) => {
    together.add(outputs, labels, count);
    const judged = reporters.map((reporter, i) => reporter.add(outputs[i], labelsFor(objectives[i], labels, count), count));
    for (let i = 0; i < count; i++) worst.offer({ index: start + i, ...joined(judged.map((each, k) => ({ output: objectives[k].output, ...each[i] }))) });
    start += count;
  });
  const own = reporters.map(({ objective, scores: all }): Scores => Object.fromEntries(Object.entries(all).map(([metric, value]) => [named(objective, metric as PlainMetric), value])));
  const losses = Object.fromEntries(objectives.filter(({ output }) => output !== undefined).map((objective) => [named(objective, 'loss'), scores[named(objective, 'loss')]]));
  const reports = reporters.map((reporter) => reporter.report());
  return {
    name, data: which, samples: data.samples, loss, scores: Object.assign({}, together.scores(), losses, ...own),
    ...(objectives[0].output === undefined ? reports[0] : { outputs: Object.fromEntries(reports.map((each, i) => [objectives[i].output!, each])) }),
    worst: worst.list.map(({ boxes, ...each }) => ({ ...each, row: data.spec.rows[each.index], ...pictureOf(training, data, each.index, boxes), ...textOf(training.data, data, each.index) })),
  };
}

/** A sample by all outputs: the sum of its losses, and what each says. */
function joined(judged: readonly ({ output?: string } & Judged)[]): Judged {
  const text = (of: (each: Judged) => string): string => judged.map((each) => (each.output === undefined ? of(each) : `${each.output} ${of(each)}`)).join(' · ');
  return {
    loss: judged.reduce((sum, { loss }) => sum + loss, 0), label: text(({ label }) => label), prediction: text(({ prediction }) => prediction),
    ...Object.assign({}, ...[...judged].reverse().map(({ probability, boxes }) => ({ ...(probability !== undefined && { probability }), ...(boxes && { boxes }) }))),
  };
}

/** Keeps the largest losses; of equal ones the first. */
class Worst {
  list: Omit<WorstSample, 'row'>[] = [];

  constructor(private readonly most: number) {}

  offer(sample: Omit<WorstSample, 'row'>): void {
    const { loss } = sample;
    if (Number.isNaN(loss) || (this.list.length === this.most && !(loss > this.list.at(-1)!.loss))) return;
    const at = this.list.findIndex((other) => loss > other.loss);
    this.list.splice(at < 0 ? this.list.length : at, 0, sample);
    this.list.length = Math.min(this.list.length, this.most);
  }
}

function textOf({ text }: LoadedData, data: Dataset, index: number): { text?: string } {
  return text ? { text: text.vocabulary.decode(inputOf(data, index)) } : {};
}

/** Samples of [1 or 3, height, width] are images. */
function pictureOf({ config }: Training, data: Dataset, index: number, boxes: Judged['boxes']): Pick<WorstSample, 'image' | 'boxes'> {
  const [{ type, dims: [channels, height, width, ...more] }] = data.inputs;
  if (type !== 'float32' || more.length > 0 || width === undefined || (channels !== 1 && channels !== 3) || Math.min(height, width) < 4 || Math.max(height, width) > 512) return {};
  const image = `data:image/png;base64,${png(inputOf(data, index), channels, height, width).toString('base64')}`;
  if (!boxes) return { image };
  // In pixels of the image, as the file has them; or in shares of it, where a box ends within the first pixel.
  const unit = 1 / (config.data.labelScale ?? 1);
  const relative = Math.max(boxes.right[2], boxes.right[3]) * unit <= 1;
  const shares = (box: Corners): Corners => box.map((value, i) => (value * unit) / (relative ? 1 : i % 2 === 0 ? width : height)) as Corners;
  return { image, boxes: { right: shares(boxes.right), predicted: shares(boxes.predicted) } };
}

function inputOf(data: Dataset, index: number): Float32Array | Int32Array {
  const inputs = data.inputs.map((input) => newArray(input.type, sizeOf(input.dims)) as Float32Array | Int32Array);
  data.gather([index], inputs, newArray(data.labels.type, sizeOf(data.labels.dims)) as Float32Array | Int32Array);
  return inputs[0];
}
