import { oneOf } from '../errors';
import { describe, found, quote } from './describe';
import { alternatives, identifyingKeys, isConstant, neededKeys, resolve, tagOf, tagValues, type Schema } from './schema';
import { suggest } from './suggest';

export type Path = (string | number)[];

/** One sentence without its place; `at` says whether the key or the value at `path` is at fault. */
export class Fault extends Error {
  constructor(readonly path: Path, message: string, readonly at: 'key' | 'value' = 'value') {
    super(message);
  }
}

type Definitions = Record<string, Schema>;

/** A copy of the value with every default filled in. Throws a Fault for the first thing that the schema does not allow, in the order of the file. */
export function check(schema: Schema, value: unknown, path: Path = [], definitions: Definitions = {}): unknown {
  const { schema: own, definitions: scope } = resolve(schema, definitions);
  if (own.anyOf || own.enum) {
    const branch = choose(alternatives(own, scope), value, path, scope, own);
    return check(branch, value, path, scope);
  }
  if (!sameType(own, value)) throw new Fault(path, mustBe(path, own, value, scope));
  if (own.type === 'array') return checkList(own, value as unknown[], path, scope);
  if (own.type === 'object') return checkObject(own, value as Record<string, unknown>, path, scope);
  return value;
}

const label = (path: Path): string => path.join('.') || 'the run file';

const mustBe = (path: Path, schema: Schema, value: unknown, scope: Definitions): string =>
  `${label(path)} must be ${describe(schema, scope)}, found ${found(value)}`;

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function sameType(schema: Schema, value: unknown): boolean {
  if (isConstant(schema)) return value === schema.const;
  if (schema.type === undefined) return true;
  if (schema.type !== kindOf(value) && !(schema.type === 'integer' && Number.isInteger(value))) return false;
  if (typeof value === 'string') return value.length >= (schema.minLength ?? 0) && new RegExp(schema.pattern ?? '', 'u').test(value);
  if (typeof value !== 'number') return true;
  return Number.isFinite(value)
    && value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity)
    && value > (schema.exclusiveMinimum ?? -Infinity) && value < (schema.exclusiveMaximum ?? Infinity);
}

function checkList(schema: Schema, value: unknown[], path: Path, scope: Definitions): unknown[] {
  const tuple = Array.isArray(schema.items);
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? (tuple ? (schema.items as Schema[]).length : Infinity);
  if (value.length < least || value.length > most) {
    const allowed = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    throw new Fault(path, `${label(path)} must have ${allowed} ${allowed.endsWith(' 1') || allowed === '1' ? 'element' : 'elements'}, found ${value.length}`);
  }
  const twice = schema.uniqueItems ? value.findIndex((element, i) => value.indexOf(element) < i) : -1;
  if (twice >= 0) throw new Fault([...path, twice], `${label(path)} must not repeat an element, found ${found(value[twice])} twice`);
  return value.map((element, i) => check((tuple ? (schema.items as Schema[])[i] : schema.items as Schema) ?? {}, element, [...path, i], scope));
}

function checkObject(schema: Schema, value: Record<string, unknown>, path: Path, scope: Definitions): Record<string, unknown> {
  const properties = schema.properties ?? {};
  const checked = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value)) checked.set(key, check(keySchema(schema, key, path), inner, [...path, key], scope));
  for (const key of neededKeys(schema)) if (!checked.has(key)) throw new Fault(path, missing(path, [key]));
  // In the order of the schema, so that the same settings give the same text however they were written.
  const result: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    if (checked.has(key)) result[key] = checked.get(key);
    else if (property.default !== undefined) result[key] = check(property, property.default, [...path, key], scope);
  }
  for (const [key, inner] of checked) if (!Object.hasOwn(properties, key)) result[key] = inner;
  return result;
}

/** What holds for a key; a key that is described nowhere is an error, so that a typing error never goes unnoticed. */
function keySchema(schema: Schema, key: string, path: Path): Schema {
  const properties = schema.properties ?? {};
  if (Object.hasOwn(properties, key)) return properties[key];
  for (const [pattern, inner] of Object.entries(schema.patternProperties ?? {})) if (new RegExp(pattern, 'u').test(key) && key !== '__proto__') return inner;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  throw unknownKey([...path, key], Object.keys(properties));
}

const missing = (path: Path, keys: string[]): string =>
  `${label(path)} needs the key ${oneOf(keys.map(quote))}`;

function unknownKey(path: Path, allowed: string[]): Fault {
  const guess = suggest(String(path.at(-1)), allowed);
  const hint = guess === undefined ? '' : `, did you mean ${quote(guess)}?`;
  return new Fault(path, `unknown key ${label(path)}${hint}${hint ? ' Allowed' : ', allowed'}: ${oneOf(allowed) || 'none'}`, 'key');
}

/** The branch of a union that the value was meant for, so that the error speaks of what is wrong in it and not of a union. */
function choose(branches: Schema[], value: unknown, path: Path, scope: Definitions, union: Schema): Schema {
  if (kindOf(value) === 'object') {
    const objects = branches.filter((branch) => branch.type === 'object');
    if (objects.length > 0) return chooseObject(objects, value as Record<string, unknown>, path);
  }
  const accepting = branches.find((branch) => accepts(branch, value, path, scope));
  if (accepting) return accepting;
  const sameKind = branches.filter((branch) => !isConstant(branch) && branch.type === (kindOf(value) === 'number' && branch.type === 'integer' ? 'integer' : kindOf(value)));
  if (sameKind.length === 1 && kindOf(value) === 'array') return sameKind[0];
  throw new Fault(path, typeof value === 'string' ? notAWord(value, branches, path, scope, union) : mustBe(path, union, value, scope));
}

function accepts(schema: Schema, value: unknown, path: Path, scope: Definitions): boolean {
  try {
    check(schema, value, path, scope);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function notAWord(value: string, branches: Schema[], path: Path, scope: Definitions, union: Schema): string {
  const keyed = branches.filter((branch) => branch.type === 'object').flatMap((branch) => neededKeys(branch).slice(0, 1));
  if (keyed.includes(value)) return `${label(path)} is ${quote(value)} without its options, write {${quote(value)}: ...}`;
  const words = branches.filter(isConstant).map((branch) => String(branch.const));
  const guess = suggest(value, [...new Set([...words, ...keyed])]);
  return mustBe(path, union, value, scope) + (guess === undefined ? '' : `, did you mean ${quote(guess)}?`);
}

function chooseObject(branches: Schema[], value: Record<string, unknown>, path: Path): Schema {
  if (branches.length === 1) return branches[0];
  const tag = tagOf(branches);
  if (tag !== undefined) return chooseByTag(branches, tag, value, path);
  const identifying = identifyingKeys(branches);
  const present = identifying.map((keys) => keys.filter((key) => Object.hasOwn(value, key)).length);
  const best = Math.max(...present);
  if (best > 0) return branches[present.indexOf(best)];
  const allowed = identifying.flatMap((keys) => keys.slice(0, 1));
  for (const key of Object.keys(value)) {
    if (!branches.some((branch) => Object.hasOwn(branch.properties ?? {}, key))) throw unknownKey([...path, key], allowed);
  }
  const optional = branches[identifying.findIndex((keys) => keys.length === 0)];
  if (optional) return optional;
  throw new Fault(path, missing(path, allowed));
}

function chooseByTag(branches: Schema[], tag: string, value: Record<string, unknown>, path: Path): Schema {
  const words = branches.flatMap((branch) => tagValues(branch, tag)).map(String);
  if (!Object.hasOwn(value, tag)) {
    const usual = branches.find((branch) => !neededKeys(branch).includes(tag));
    if (usual) return usual;
    throw new Fault(path, `${missing(path, [tag])}, allowed: ${oneOf(words.map(quote))}`);
  }
  const branch = branches.find((candidate) => tagValues(candidate, tag).includes(value[tag]));
  if (branch) return branch;
  const guess = suggest(String(value[tag]), words);
  const hint = guess === undefined ? '' : `, did you mean ${quote(guess)}?`;
  throw new Fault([...path, tag], `${label([...path, tag])} must be ${oneOf(words.map(quote))}, found ${found(value[tag])}${hint}`);
}
