import type { Remedy } from '../finding';
import { formatNumber } from '../numbers';
import type { RecordView } from '../view';

/** Where the run file keeps the samples in their order. */
export const shuffle: Remedy = { title: 'Set shuffle to true: a new random order every epoch', edits: [{ path: 'data.shuffle', value: true }] };

type Transform = Record<string, unknown>;

/** Inputs of mean 0 and standard deviation 1, after the transforms that the run file has. Pixels keep one scale: those at the border hardly vary. */
export function standardizeInputs(view: RecordView): Remedy | undefined {
  if (transformsOf(view).some((transform) => 'standardize' in transform)) return undefined;
  const pixels = arePixels(view);
  return {
    title: `Standardise the inputs: mean 0, standard deviation 1${pixels ? ' over all pixels' : ''}`,
    edits: [transform(view, { standardize: pixels ? { per: 'all' } : {} })],
  };
}

/** Bytes of an image from 0 to 1. */
export function scalePixels(view: RecordView): Remedy | undefined {
  const max = view.header.data?.input.max;
  if (!arePixels(view) || max === undefined || max <= 1) return undefined;
  return { title: `Scale the inputs to 0 to 1: pixels reach up to ${formatNumber(max)}`, edits: [transform(view, { scale: { from: [0, 255], to: [0, 1] } })] };
}

/** Features of one kind, none below 0 and none above a byte. */
function arePixels({ header: { data } }: RecordView): boolean {
  return data !== undefined && data.input.features >= 64 && data.input.min >= 0 && data.input.max <= 255 && data.input.max > 16;
}

function transformsOf(view: RecordView): Transform[] {
  const transforms = view.config('data.transforms');
  return Array.isArray(transforms) ? (transforms as Transform[]) : [];
}

function transform(view: RecordView, value: Transform) {
  const list = view.config('data.transforms');
  return Array.isArray(list) ? { path: `data.transforms.${list.length}`, value } : { path: 'data.transforms', value: [value] };
}
