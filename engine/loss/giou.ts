import { differentiate } from '../gradient/backward';
import { add, div, max, min, mul, product, slice, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import type { Value } from '../gradient/value';
import type { LossRule } from './rule';
import { type BoxFormat, boxesOf } from './schema';

/** Keeps a division by the area of an empty box finite, as in torchvision. */
const epsilon = 1e-7;

/**
 * Generalised intersection over union (Rezatofighi et al. 2019, algorithm 2): with the areas I of the intersection, U of the union and C of the smallest box around
 * both, mean(1 - I / U + (C - U) / C), as torchvision.ops.generalized_box_iou_loss. A box whose corners are swapped is the box between them.
 */
export const giou: LossRule = {
  labels: 'float32',
  labelDims(output) {
    if (output.length !== 2 || output[1] !== 4) throw new Error(`giou needs an output of [batch, 4], the numbers of a box, but it is [${output.join(', ')}]`);
    return [...output];
  },
  build(output, labels, options) {
    const format = boxesOf(options)!;
    const [p, g] = [output, labels].map((box) => ordered(corners(box, format)));
    const inner = overlap(p, g);
    const outer = product(sub(max(p.right, g.right), min(p.left, g.left)), sub(max(p.bottom, g.bottom), min(p.top, g.top)));
    const union = sub(add(area(p), area(g)), inner);
    const loss = meanOfAll(add(sub(1, div(inner, add(union, epsilon))), div(sub(outer, union), add(outer, epsilon))));
    const { builder } = output;
    const seed = builder.constant(1, 'float32').name;
    const gradients = differentiate(builder.graph, builder.shapes, new Map([[loss.name, seed]]), [output.name], builder.opset);
    return { loss, gradient: builder.value(gradients.get(output.name)!) };
  },
};

type Corners = Record<'left' | 'top' | 'right' | 'bottom', Value>;

/** Each [batch, 1]; with zero intersection no width is negative. */
const overlap = (a: Corners, b: Corners): Value =>
  mul(max(sub(min(a.right, b.right), max(a.left, b.left)), 0), max(sub(min(a.bottom, b.bottom), max(a.top, b.top)), 0));
const area = ({ left, top, right, bottom }: Corners): Value => mul(sub(right, left), sub(bottom, top));

function corners(box: Value, format: BoxFormat): Corners {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => slice(box, [1], [i], [i + 1]));
  if (format === 'xyxy') return { left: a, top: b, right: c, bottom: d };
  if (format === 'xywh') return { left: a, top: b, right: add(a, c), bottom: add(b, d) };
  const [x, y] = [mul(c, 0.5), mul(d, 0.5)];
  return { left: sub(a, x), top: sub(b, y), right: add(a, x), bottom: add(b, y) };
}

const ordered = ({ left, top, right, bottom }: Corners): Corners => ({ left: min(left, right), top: min(top, bottom), right: max(left, right), bottom: max(top, bottom) });
