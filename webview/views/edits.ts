/** The changes of a remedy as short lines in the user's language. */
import type { Edit } from '../../engine/diagnosis/finding';
import { changesOf } from '../../engine/run/changes';
import { t } from '../strings';

export { lookup } from '../../engine/run/changes';

export interface EditLine {
  /** "learningRate", "layers[0, 2, 4] initializer", "insert before layers[1, 3]:". */
  what: string;
  /** Empty where there was nothing, or it is told by `what`. */
  from: string;
  to: string;
}

export const editLines = (config: unknown, edits: readonly Edit[]): EditLine[] =>
  changesOf(config, edits).map(({ kind, place, from, to }) => ({
    what: kind === 'insert' ? t('insertBefore', place) : kind === 'remove' ? t('remove', place) : place,
    from: kind === 'remove' ? '' : from, to,
  }));
