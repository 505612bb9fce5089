import path from 'node:path';
import { loadData } from '../data/load';
import { type DataPreview, previewColumns, previewDatasets } from '../data/preview';
import { diagnose } from '../diagnosis/diagnose';
import { InputError } from '../errors';
import type { PreviewRequest } from '../host/protocol';
import { parseRunFile } from '../run/config';
import { runName } from '../run/folder';
import { describe, readText } from './run';
import { located, setUp } from './setup';

/** Looks at the data of a run file: reads, splits and transforms them as training would. A fault of the model is told as a problem, one of the data thrown. */
export async function previewData({ runFile, text: given, set, root }: PreviewRequest): Promise<DataPreview> {
  const text = given ?? readText(runFile);
  const { config } = parseRunFile(text, runFile, { set });
  const name = config.name ?? runName(runFile);
  const origin = { runFile, text, set, root };
  let columns: Pick<DataPreview, 'columns' | 'rows'> = {};
  const data = await located(origin, () => loadData(config.data, {
    directory: path.dirname(runFile), root, seed: config.seed, loss: config.loss, look: (samples) => (columns = previewColumns(samples)),
  }));
  return { name, ...previewDatasets(data, config), ...columns, problems: await problems() };

  async function problems(): Promise<DataPreview['problems']> {
    try {
      const training = await setUp(config, { ...origin, data });
      const header = describe(training, name, runFile);
      return diagnose({ header, steps: [] }).map(({ severity, title, explanation }) => ({ severity, title, explanation }));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [{ severity: 'error', title: 'The run file cannot be trained', explanation: error.message }];
    }
  }
}
