/**
 * Edits of a run file's text that keep its comments and formatting. Pure and small: the editor's Quick Fixes and `--set` use the same functions.
 * A path is dotted ("model.layers.3.dense"); a number names an array element.
 */
import { createScanner, getNodeValue, parseTree, SyntaxKind, type Node } from 'jsonc-parser';
import type { Edit } from '../diagnosis/finding';
import { InputError } from '../errors';
import { formatValue, layoutOf } from './format';
import { expandShorthand } from './shorthand';

export interface TextRange {
  offset: number;
  length: number;
}

/** Range of the value at `path`; where it does not exist, of the key of its nearest ancestor that does. */
export function pathRange(text: string, path: string): TextRange {
  const root = parse(text);
  if (!root) return { offset: 0, length: 0 };
  const { node, rest } = walk(root, segments(path));
  if (rest.length === 0) return range(node);
  if (node.parent?.type === 'property') return range(node.parent.children![0]);
  // An array element has no key of its own: a layer's is its only one, {"dense": 10}.
  if (node.parent) return range(node.children?.[0]?.children?.[0] ?? node);
  return { offset: root.offset, length: 1 };
}

/** The text with the edits made one after the other. Parents that are missing are created; a shorthand ("optimizer": "adam") is written out where an option is set in it. */
export const applyEdits = (text: string, edits: readonly Edit[]): string => edits.reduce(applyEdit, text);

/** "optimizer.learningRate=3e-4": the value is JSON, anything else is a string. */
export function parseSetArgument(argument: string): { path: string; value: unknown } {
  const equals = argument.indexOf('=');
  const path = argument.slice(0, equals).trim();
  if (equals < 1 || !path || path.split('.').includes('')) {
    throw new InputError(`must be KEY=VALUE such as optimizer.learningRate=3e-4, found ${JSON.stringify(argument)}`, { file: '--set' });
  }
  const written = argument.slice(equals + 1).trim();
  try {
    return { path, value: JSON.parse(written) };
  } catch {
    return { path, value: written };
  }
}

const parse = (text: string): Node | undefined => parseTree(text.replace(/^\ufeff/, ' '), [], { allowTrailingComma: true });
const segments = (path: string): string[] => (path === '' ? [] : path.split('.'));
const range = ({ offset, length }: Node): TextRange => ({ offset, length });
const end = (node: Node): number => node.offset + node.length;

function child(node: Node, segment: string): Node | undefined {
  if (node.type === 'array') return /^\d+$/.test(segment) ? node.children![Number(segment)] : undefined;
  return node.children?.find((property) => property.children?.[0].value === segment)?.children?.[1];
}

function walk(node: Node, path: string[]): { node: Node; rest: string[] } {
  const next = path.length > 0 ? child(node, path[0]) : undefined;
  return next ? walk(next, path.slice(1)) : { node, rest: path };
}

function applyEdit(text: string, edit: Edit): string {
  const root = parse(text);
  const path = segments(edit.path);
  if (!root) return edit.value === undefined ? text : text + formatValue(nest(path, edit.value), layoutOf(text), '');
  const { node, rest } = walk(root, path);
  if (edit.value === undefined) return rest.length === 0 ? remove(text, node) : text;
  if (rest.length === 0) return edit.kind === 'insert' ? insertBefore(text, node, edit.value) : replace(text, node, edit.value);
  const [key, ...inner] = rest;
  const value = nest(inner, edit.value);
  if (node.type === 'object') return append(text, node, value, key);
  if (node.type === 'array' && /^\d+$/.test(key)) {
    const { length } = node.children!;
    if (key === String(length)) return append(text, node, value);
    throw new InputError(`${edit.path} does not exist: the list has ${length} ${length === 1 ? 'element' : 'elements'}`);
  }
  return replace(text, node, expandShorthand(path.slice(0, -rest.length), getNodeValue(node), key, value));
}

const nest = (path: string[], value: unknown): unknown => path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

const splice = (text: string, from: number, to: number, insert = ''): string => text.slice(0, from) + insert + text.slice(to);

const replace = (text: string, node: Node, value: unknown): string =>
  splice(text, node.offset, end(node), formatValue(value, layoutOf(text), lineIndent(text, node.offset)));

const lineIndent = (text: string, offset: number): string => /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0];

/** Whether only blanks stand between the start of the line and the offset. */
const startsLine = (text: string, offset: number): boolean => /\n[ \t]*$/.test(text.slice(0, offset));

/** Offset of the comma that follows `offset` behind blanks and comments. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  return scanner.scan() === SyntaxKind.CommaToken ? scanner.getTokenOffset() : undefined;
}

/** What stands between siblings like this one: a new line with its indentation, or one blank. */
const separator = (text: string, offset: number): string =>
  startsLine(text, offset) ? layoutOf(text).eol + lineIndent(text, offset) : ' ';

function insertBefore(text: string, element: Node, value: unknown): string {
  if (element.parent?.type !== 'array') throw new InputError('only an element of a list can be inserted');
  const written = formatValue(value, layoutOf(text), lineIndent(text, element.offset));
  return splice(text, element.offset, element.offset, `${written},${separator(text, element.offset)}`);
}

function append(text: string, container: Node, value: unknown, key?: string): string {
  const layout = layoutOf(text);
  const last = container.children!.at(-1);
  const written = (indent: string): string =>
    (key === undefined ? '' : `${JSON.stringify(key)}: `) + formatValue(value, layout, indent);
  const close = end(container) - 1;
  if (!last) {
    const blank = text.slice(container.offset + 1, close).trim() === '';
    const indent = lineIndent(text, container.offset);
    if (blank) return splice(text, container.offset + 1, close, container.type === 'object' ? ` ${written(indent)} ` : written(indent));
    return startsLine(text, close)
      ? splice(text, close, close, `${layout.unit}${written(indent + layout.unit)}${layout.eol}${lineIndent(text, close)}`)
      : splice(text, close, close, ` ${written(indent)} `);
  }
  const comma = commaAfter(text, end(last));
  const between = separator(text, last.offset);
  const addition = between + written(lineIndent(text, last.offset)) + (comma === undefined ? '' : ',');
  // A comment at the end of the last line speaks of that line and stays on it.
  const after = comma === undefined ? end(last) : comma + 1;
  const place = between === ' ' ? after : after + sameLineComment(text, after);
  const added = splice(text, place, place, addition);
  return comma === undefined ? splice(added, end(last), end(last), ',') : added;
}

const sameLineComment = (text: string, offset: number): number =>
  /^[ \t]*(\/\/[^\r\n]*|\/\*((?!\*\/)[^\r\n])*\*\/(?=[ \t]*\r?\n))?/.exec(text.slice(offset))![0].trimEnd().length;

function remove(text: string, value: Node): string {
  const target = value.parent?.type === 'property' ? value.parent : value;
  const container = target.parent;
  if (!container) throw new InputError('the run file itself cannot be removed');
  const siblings = container.children!;
  const index = siblings.indexOf(target);
  const comma = commaAfter(text, end(target));
  let to = comma === undefined ? end(target) : comma + 1;
  to += sameLineComment(text, to);
  const rest = /^[ \t]*(\r?\n)?/.exec(text.slice(to))![0];
  let from = target.offset;
  if (startsLine(text, from) && rest.endsWith('\n')) {
    // A line of its own goes with its new line.
    from -= lineIndent(text, from).length;
    to += rest.length;
  } else if (index < siblings.length - 1) {
    to += rest.endsWith('\n') ? 0 : rest.length;
  } else {
    from -= /[ \t]*$/.exec(text.slice(0, from))![0].length;
  }
  const removed = splice(text, from, to);
  const previous = index > 0 && index === siblings.length - 1 && comma === undefined ? commaAfter(text, end(siblings[index - 1])) : undefined;
  return previous === undefined ? removed : splice(removed, previous, previous + 1);
}
