/** The part of JSON schema that run files are described with; TypeBox's types are such objects. */
export interface Schema {
  title?: string;
  description?: string;
  default?: unknown;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  properties?: Record<string, Schema>;
  required?: string[];
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema | Schema[];
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  pattern?: string;
}

/** References followed, intersections merged into one object, so that what is left is one type or a union. */
export function resolve(schema: Schema, definitions: Record<string, Schema> = {}): { schema: Schema; definitions: Record<string, Schema> } {
  const scope = schema.$defs ? { ...definitions, ...schema.$defs } : definitions;
  if (schema.$ref !== undefined) return resolve(scope[schema.$ref.replace(/^#\/\$defs\//, '')], scope);
  if (!schema.allOf) return { schema, definitions: scope };
  const parts = schema.allOf.map((part) => resolve(part, scope).schema);
  const merged: Schema = {
    ...schema,
    type: 'object',
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
    required: parts.flatMap((part) => part.required ?? []),
  };
  delete merged.allOf;
  return { schema: merged, definitions: scope };
}

/** The alternatives of a schema, unions within unions opened; itself where it is no union. */
export function alternatives(schema: Schema, definitions: Record<string, Schema>): Schema[] {
  const { schema: own, definitions: scope } = resolve(schema, definitions);
  if (own.enum) return own.enum.map((value) => ({ const: value }));
  return own.anyOf ? own.anyOf.flatMap((part) => alternatives(part, scope)) : [own];
}

export const isConstant = (schema: Schema): boolean => 'const' in schema;

/** Keys that the file must have: those with a default need not be written. */
export const neededKeys = (schema: Schema): string[] =>
  (schema.required ?? []).filter((key) => schema.properties?.[key]?.default === undefined);

/** An object whose keys are names that the user chooses. */
export const isMap = ({ properties, patternProperties }: Schema): boolean => !properties && patternProperties !== undefined;

/** The key whose constant tells the objects of a union apart ("type"); a map among them is what has no such key. */
export const tagOf = (branches: readonly Schema[]): string | undefined => {
  const tagged = branches.filter((branch) => !isMap(branch));
  return Object.keys(tagged[0]?.properties ?? {}).find((key) => branches.length > 1 && tagged.every((branch) => tagValues(branch, key).length > 0));
};

/** Constants that the key may have in this branch. */
export function tagValues(branch: Schema, key: string): unknown[] {
  const property = branch.properties?.[key];
  if (!property) return [];
  const options = alternatives(property, {});
  return options.every(isConstant) ? options.map((option) => option.const) : [];
}

/** For each object of a union the needed keys that not all of them need; the first names it ("csv", "dense"). */
export const identifyingKeys = (branches: readonly Schema[]): string[][] =>
  branches.map((branch) => neededKeys(branch).filter((key) => branches.length === 1 || !branches.every((other) => neededKeys(other).includes(key))));
