/** What an evaluation report says. Types only: terminal, page and editor read it. */
import type { ClassScore, Quantity } from './counts';
import type { Scores } from './names';
import type { Task } from './outcome';
import type { Corners } from './overlaps';

/** Of a model with one output what is said of the output stands beside the rest; several have it each by its name. */
export interface EvaluationReport extends Partial<OutputReport> {
  name: string;
  /** Which data it was measured on. */
  data: 'validation' | 'test';
  samples: number;
  loss: number;
  /** All metrics that are defined for the tasks. */
  scores: Scores;
  outputs?: Record<string, OutputReport>;
  /** Largest loss first. */
  worst: WorstSample[];
}

export interface OutputReport {
  task: Task;
  /** By class, or by label of several yes or no. */
  classes?: ({ name: string } & ClassScore)[];
  averages?: Record<'macro' | 'weighted', Record<Quantity, number>>;
  /** Rows are the right answers, columns the predictions; absent for more than `mostClasses`. */
  confusion?: number[][];
  /** Of two classes, by falling threshold. */
  roc?: { x: number[]; y: number[] };
  precisionRecall?: { x: number[]; y: number[] };
  /** Of numbers: an even choice of the samples, of the first output. */
  residuals?: { label: number[]; prediction: number[] };
}

/** What a report says of each output; of the only one without a name. */
export const outputsIn = (report: EvaluationReport): { output?: string; report: Partial<OutputReport> }[] =>
  (report.outputs ? Object.entries(report.outputs).map(([output, own]) => ({ output, report: own })) : [{ report }]);

export interface WorstSample {
  /** In the data set that was measured, from 0. */
  index: number;
  /** Among the samples of the file, from 0. */
  row: number;
  loss: number;
  label: string;
  prediction: string;
  /** Of the predicted class, where there is one. */
  probability?: number;
  /** Where there is a box: left, top, right and bottom as shares of the image. */
  boxes?: { right: Corners; predicted: Corners };
  /** A PNG as data URI, where the sample is an image. */
  image?: string;
  /** As the model sees it, where the sample is text. */
  text?: string;
}

export const mostClasses = 50;
