/** What an evaluation report says. Types only: terminal, page and editor read it. */
import type { ClassScore, Quantity } from './counts';
import type { Scores } from './names';
import type { Task } from './outcome';

export interface EvaluationReport {
  name: string;
  /** Which data it was measured on. */
  data: 'validation' | 'test';
  task: Task;
  samples: number;
  loss: number;
  /** All metrics that are defined for the task. */
  scores: Scores;
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
  /** Largest loss first. */
  worst: WorstSample[];
}

export interface WorstSample {
  /** In the data set that was measured, from 0. */
  index: number;
  /** Among the samples of the file, from 0. */
  row: number;
  loss: number;
  label: string;
  prediction: string;
  /** Of the prediction, where there is one. */
  probability?: number;
  /** A PNG as data URI, where the sample is an image. */
  image?: string;
  /** As the model sees it, where the sample is text. */
  text?: string;
}

export const mostClasses = 50;
