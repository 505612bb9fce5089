import path from 'node:path';
import { InputError } from '../../errors';
import { fileSize } from '../file';
import { resolvePath } from '../path';
import type { Samples } from '../samples';
import type { TextsConfig } from '../schema';
import { textPieces } from '../text';
import { mustBeText, Texts } from '../tokens/texts';
import { readClassFolders } from './classFolders';
import type { TableOptions } from './table';

/** Largest file of one sample, in bytes. */
const largest = 1 << 22;

/** A folder of texts: one folder in it per class. */
export async function readTexts(source: TextsConfig, options: TableOptions): Promise<Samples> {
  const name = source.texts;
  const text = mustBeText(options.text, name);
  const folder = resolvePath(name, options);
  const { files, labels } = readClassFolders(name, folder, source, { extension: /\.txt$/i, what: 'texts (.txt)' });
  const texts = new Texts(text, options.memory, name);
  for (const file of files) {
    const inner = path.join(name, file);
    const size = fileSize(inner, options);
    if (size > largest) throw new InputError(`has ${size} bytes; one text may have ${largest}.`, { file: inner });
    let content = '';
    for await (const piece of textPieces(inner, options)) content += piece;
    texts.add(content);
  }
  return {
    count: files.length,
    features: texts.finish(),
    labels,
    classes: source.classes,
    locate: (sample, part) => ({ place: { file: path.join(name, files[sample]) }, what: part === 'label' ? 'its folder' : 'the text' }),
  };
}
