import * as Type from 'typebox';
import { metricInfo, type MetricName, metricNames } from './names';

const Name = Type.Union(metricNames.map((name) => Type.Literal(name, { description: metricInfo(name).description })));

export const Metrics = Type.Array(Type.Unsafe<MetricName>(Name), {
  minItems: 1, uniqueItems: true,
  description: 'What is measured on the validation set after every epoch, beside the loss; names and values as in scikit-learn. Default: `accuracy` for classes, `mae` (mean absolute error) for numbers.',
});
