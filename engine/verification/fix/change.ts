import type { Edit, Verification } from '../../diagnosis/finding';
import { applyEdits } from '../../run/edit';

/** One change of a run file that a repair may be made of. */
export interface Change {
  /** As a remedy's: the new value and where it comes from. */
  title: string;
  edits: Edit[];
  /** The finding that it answers, or why it is tried where no finding gave a remedy. */
  because: string;
  /** Rule of that finding; absent for what is tried without one. */
  rule?: string;
  /** What was measured with it against the run file before it. */
  verified?: Verification;
}

/** A run file that a repair considers: the one before it with changes made; none for that one itself. */
export interface Candidate {
  text: string;
  changes: Change[];
}

/** The run file with the changes made one after the other; paths of a change hold for the text that it was made for. */
export const applied = (text: string, changes: readonly Change[]): string => changes.reduce((before, { edits }) => applyEdits(before, edits), text);

/** The changes but one; undefined where a later one names places in the list of layers, which the one left out moves. */
export function without(changes: readonly Change[], index: number): Change[] | undefined {
  const inLayers = ({ edits }: Change): boolean => edits.some(({ path }) => path.startsWith('model.layers'));
  const rest = changes.filter((_, i) => i !== index);
  return inLayers(changes[index]) && changes.slice(index + 1).some(inLayers) ? undefined : rest;
}
