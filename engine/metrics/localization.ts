import type { Outcome, Problem } from './outcome';
import { enough, overlaps } from './overlaps';

/** The two outputs of a localisation: the class of what is there, and the box around it. Undefined where a model has other ones. */
export function localizationOf(problems: readonly Problem[]): { label: number; box: number } | undefined {
  const label = problems.findIndex(({ task, positions }) => (task === 'multiclass' || task === 'binary') && positions === 1);
  const box = problems.findIndex(({ boxes }) => boxes !== undefined);
  return label < 0 || box < 0 ? undefined : { label, box };
}

/** Samples whose class is right and whose box lies over the right one far enough (Russakovsky et al. 2015, with one guess). */
export class Localization {
  private right = 0;
  private rows = 0;
  private readonly place: { label: number; box: number };

  /** Of all outputs, among them a class and a box. */
  constructor(private readonly problems: readonly Problem[]) {
    this.place = localizationOf(problems)!;
  }

  add(outcomes: readonly Outcome[]): void {
    const { label, box } = this.place;
    const { labels, predicted } = outcomes[label];
    overlaps(this.problems[box], outcomes[box]).forEach((overlap, row) => { this.right += Number(overlap >= enough && predicted[row] === labels[row]); });
    this.rows += outcomes[box].rows;
  }

  get accuracy(): number {
    return this.right / this.rows;
  }
}
