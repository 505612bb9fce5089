import type { Remedy } from '../finding';
import type { RecordView } from '../view';

/** Inputs of mean 0 and standard deviation 1, after the transforms that the run file has. */
export function standardizeInputs(view: RecordView): Remedy | undefined {
  const transforms = view.config('data.transforms');
  const list = Array.isArray(transforms) ? transforms : [];
  if (list.some((transform: object) => 'standardize' in transform)) return undefined;
  const [path, value] = Array.isArray(transforms) ? [`data.transforms.${list.length}`, { standardize: {} }] : ['data.transforms', [{ standardize: {} }]];
  return { title: 'Standardise the inputs: mean 0, standard deviation 1', edits: [{ path, value }] };
}
