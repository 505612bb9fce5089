import { findNodeAtLocation, getNodeValue, type Node } from 'jsonc-parser';
import { InputError, type Place } from '../errors';
import { check, Fault, type Path } from './check';
import { applyEdits } from './edit';
import type { Schema } from './schema';
import { parseSyntax, placeAt } from './syntax';

/** One `--set` pair. */
export interface Setting {
  path: string;
  value: unknown;
}

/**
 * Reads JSON with comments against a schema: the checked value with every default filled in, and the node tree of the text.
 * Throws an InputError with file:line:column, or "--set PATH" where the fault comes from a setting.
 */
export function parseChecked(schema: Schema, text: string, file: string, settings: readonly Setting[] = []): { config: unknown; tree: Node; text: string } {
  const own = text.replace(/^\ufeff/, '');
  const tree = parseSyntax(own, file);
  const value = getNodeValue(parseSyntax(settings.reduce(applySetting, own), file));
  try {
    return { config: check(schema, value), tree, text: own };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new InputError(error.message, settingPlace(error.path, settings, tree) ?? placeOf(tree, own, file, error));
  }
}

function applySetting(text: string, { path, value }: Setting): string {
  try {
    return applyEdits(text, [{ path, value }]);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { file: `--set ${path}` }) : error;
  }
}

/** The setting that wrote the path, or made its parents: the last one wins. */
export function settingPlace(path: Path, settings: readonly Setting[], tree: Node): Place | undefined {
  const dotted = `${path.join('.')}.`;
  const made = path.length > 0 && !findNodeAtLocation(tree, path);
  const owner = settings.findLast((setting) => dotted.startsWith(`${setting.path}.`) || (made && `${setting.path}.`.startsWith(dotted)));
  return owner && { file: `--set ${owner.path}` };
}

function placeOf(tree: Node, text: string, file: string, fault: Fault): Place {
  for (let length = fault.path.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, fault.path.slice(0, length));
    if (!node) continue;
    const key = node.parent?.type === 'property' ? node.parent.children![0] : node;
    return placeAt(text, file, (fault.at === 'key' && length === fault.path.length ? key : node).offset);
  }
  return { file };
}
