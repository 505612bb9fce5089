import * as Type from 'typebox';
import { metricInfo, type MetricName, metricNames } from './names';

/** Of several outputs: "box.iou". */
export const OfOutput = Type.String({ pattern: `^\\w+\\.(loss|${metricNames.join('|')})$`, description: 'Of several outputs that of one: its name, a dot and the name of a metric, or `loss`.' });

const Name = Type.Union([...metricNames.map((name) => Type.Literal(name, { description: metricInfo(name).description })), OfOutput]);

/** What runs are compared by: the loss, a metric, or one of the `words`. */
export const monitored = <Word extends string>(words: readonly Word[], options: { default: Word; description: string }) =>
  Type.Unsafe<Word | MetricName>(Type.Union([Type.Enum([...words, ...metricNames]), OfOutput], options));

export const Metrics = Type.Array(Type.Unsafe<MetricName>(Name), {
  minItems: 1, uniqueItems: true,
  description: 'What is measured on the validation set after every epoch, beside the loss; names and values as in scikit-learn. Default: `accuracy` for classes, `iou` for boxes, `mae` (mean absolute error) for other numbers.',
});
