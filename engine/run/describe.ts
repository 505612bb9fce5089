import { oneOf } from '../errors';
import { alternatives, identifyingKeys, isConstant, tagOf, tagValues, type Schema } from './schema';

export const quote = (value: unknown): string => JSON.stringify(value);

/** What stands in the file, short enough for a sentence. */
export function found(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'a number beyond the range of float64';
  const text = quote(value);
  return text.length > 60 ? `${text.slice(0, 56)}..."` : text;
}

/** What is allowed, in words: "a number greater than 0", '"adam" or "sgd"'. */
export function describe(schema: Schema, definitions: Record<string, Schema> = {}): string {
  const branches = alternatives(schema, definitions);
  if (branches.length === 1) return describeOne(branches[0], definitions);
  const objects = branches.filter((branch) => branch.type === 'object');
  const others = branches.filter((branch) => branch.type !== 'object').map((branch) => describeOne(branch, definitions));
  const words = new Set(branches.filter(isConstant).map((branch) => branch.const));
  if (objects.length > 0) others.push(describeObjects(objects, words));
  return oneOf([...new Set(others)]);
}

/** What is said already as a word ("relu") is not said again as a key. */
function describeObjects(branches: Schema[], words: Set<unknown>): string {
  const tag = tagOf(branches);
  const names = tag === undefined
    ? identifyingKeys(branches).flatMap((needed) => needed.slice(0, 1))
    : branches.flatMap((branch) => tagValues(branch, tag));
  const rest = [...new Set(names)].filter((name) => !words.has(name)).map(quote);
  return ['an object', (tag !== undefined || rest.length > 0) && 'with', tag !== undefined && quote(tag), oneOf(rest)].filter(Boolean).join(' ');
}

function describeOne(schema: Schema, definitions: Record<string, Schema>): string {
  if (isConstant(schema)) return quote(schema.const);
  switch (schema.type) {
    case 'boolean': return 'true or false';
    case 'number': return `a number${bounds(schema)}`;
    case 'integer': return `an integer${bounds(schema)}`;
    case 'string': return schema.pattern ? `a text that matches ${schema.pattern}` : schema.minLength ? 'a text that is not empty' : 'a text';
    case 'array': return Array.isArray(schema.items) ? `a list of ${schema.items.length} values` : `a list`;
    case 'object': return 'an object';
    case 'null': return 'null';
    default: return schema.anyOf ? describe(schema, definitions) : 'a value';
  }
}

function bounds(schema: Schema): string {
  if (schema.minimum !== undefined && schema.maximum !== undefined) return ` from ${schema.minimum} to ${schema.maximum}`;
  const parts = [
    schema.minimum !== undefined && `of at least ${schema.minimum}`,
    schema.exclusiveMinimum !== undefined && `greater than ${schema.exclusiveMinimum}`,
    schema.maximum !== undefined && `of at most ${schema.maximum}`,
    schema.exclusiveMaximum !== undefined && `less than ${schema.exclusiveMaximum}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}
