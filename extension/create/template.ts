import type { Column, Table, Task } from './table';

export interface TableChoice {
  /** Path relative to the run file. */
  csv: string;
  label: Column;
  task: Task;
  table: Table;
}

/** A commented run file for a table: two hidden layers, Adam with PyTorch's defaults, a fifth of the rows for validation. */
export function tableRunFile({ csv, label, task, table }: TableChoice): string {
  const features = table.columns.filter((column) => column !== label);
  const categorical = features.filter(({ numeric }) => !numeric).map(({ name }) => name);
  const missing = [...new Set(table.columns.flatMap((column) => column.missing))];
  const source = {
    csv,
    label: label.name,
    ...(table.header ? {} : { header: false }),
    ...(missing.length > 0 ? { dropRowsWith: missing } : {}),
  };
  const transforms = [...(categorical.length > 0 ? [{ oneHot: { columns: categorical } }] : []), { standardize: {} }];
  const width = features.length > 32 ? 128 : 32;
  return task.kind === 'classes'
    ? runFile({
        source, transforms, width, outputs: task.classes,
        outputComment: `One output per class: ${task.classes} values of ${JSON.stringify(label.name)} were found.`,
        loss: 'crossEntropy', lossComment: 'Which of several classes; for a quantity use "mse".',
      })
    : runFile({ source, transforms, width, outputs: 1, outputComment: 'The predicted number.', loss: 'mse', lossComment: 'A quantity; for classes use "crossEntropy".' });
}

interface Parts {
  source: object;
  transforms: object[];
  width: number;
  outputs: number;
  outputComment: string;
  loss: string;
  lossComment: string;
}

const runFile = ({ source, transforms, width, outputs, outputComment, loss, lossComment }: Parts): string => `{
  // The network, layer by layer. Every key has help: rest the mouse on it, or press Ctrl+Space for what else is possible.
  "model": {
    "layers": [
      { "dense": ${width} },
      "relu",
      { "dense": ${width} },
      "relu",
      // ${outputComment}
      { "dense": ${outputs} }
    ]
  },
  "data": {
    "train": ${line(source)},
    // This share of the rows is kept to judge the model on.
    "validation": 0.2,
    "transforms": ${line(transforms)}
  },
  // ${lossComment}
  "loss": "${loss}",
  "optimizer": {
    "type": "adam",
    "learningRate": 0.001
  },
  "batchSize": 32,
  "epochs": 20,
  "seed": 0
}
`;

/** JSON on one line, with the blanks that people write. */
function line(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(line).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${line(inner)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
