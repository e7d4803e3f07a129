// Which values fit a JSON Schema, so that a property can be tried on many of them?
import type { Arbitrary } from 'fast-check';
import type { JsonSchema } from '../contract/index.ts';

/** fast-check as its user has it: `import fc from 'fast-check'`. */
export type FastCheck = typeof import('fast-check').default;

const ITEMS_MORE_MAX = 3; // beyond what the schema asks for at least
const LENGTH_MORE_MAX = 20;
const DEPTH_MAX = 32;

type Make = (schema: any, depth: number) => Arbitrary<unknown>;

/**
 * Values of a JSON Schema (2020-12, the part that describes data: types, enums, unions, lengths,
 * ranges, formats, patterns, `$defs`). Throws for what it does not know, naming it.
 */
export function samplesOf(fc: FastCheck, root: JsonSchema): Arbitrary<unknown> {
  const make: Make = (schema, depth) => {
    if (depth > DEPTH_MAX) throw new Error(`a schema deeper than ${DEPTH_MAX} has no samples here`);
    if (schema === true || Object.keys(schema).length === 0) return fc.jsonValue();
    if (schema.$ref !== undefined) return make(resolved(root, schema.$ref), depth + 1);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const union = schema.anyOf ?? schema.oneOf;
    if (union !== undefined) return fc.oneof(...union.map((one: any) => make(one, depth + 1)));
    if (schema.allOf !== undefined) return make(merged(schema), depth + 1);
    if (Array.isArray(schema.type))
      return fc.oneof(...schema.type.map((type: string) => make({ ...schema, type }, depth + 1)));
    const kind = KINDS[schema.type ?? 'object'];
    if (!kind) throw new Error(`no samples for the type ${schema.type}`);
    return kind(fc, schema, (inner) => make(inner, depth + 1));
  };
  return make(root, 0);
}

type Kind = (
  fc: FastCheck,
  schema: any,
  make: (inner: any) => Arbitrary<any>,
) => Arbitrary<unknown>;

const KINDS: Readonly<Record<string, Kind>> = {
  null: (fc) => fc.constant(null),
  boolean: (fc) => fc.boolean(),
  integer: (fc, { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 }) => {
    const min = minimum ?? (exclusiveMinimum === undefined ? -1_000_000 : exclusiveMinimum + 1);
    const max = maximum ?? (exclusiveMaximum === undefined ? undefined : exclusiveMaximum - 1);
    const end = Math.min(max ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const range = { min: Math.ceil(Math.max(min, Number.MIN_SAFE_INTEGER) / multipleOf), max: 0 };
    range.max = Math.floor(end / multipleOf);
    return fc.integer(range).map((whole) => whole * multipleOf);
  },
  number: (fc, { minimum = -1e9, maximum = 1e9 }) =>
    fc.double({ min: minimum, max: maximum, noNaN: true }),
  string: text,
  array(fc, { items = true, minItems = 0, maxItems, uniqueItems = false }, make) {
    const most = Math.min(maxItems ?? Number.POSITIVE_INFINITY, minItems + ITEMS_MORE_MAX);
    const range = { minLength: minItems, maxLength: most };
    if (!uniqueItems) return fc.array(make(items), range);
    const selector = (one: unknown) => JSON.stringify(one);
    return fc.uniqueArray(make(items), { ...range, selector });
  },
  object(fc, { properties = {}, required = [], additionalProperties, propertyNames }, make) {
    const fields = Object.entries(properties).map(([name, one]) => [name, make(one)]);
    const known = fc.record(Object.fromEntries(fields), { requiredKeys: required });
    if (typeof additionalProperties !== 'object' || fields.length > 0) return known;
    const names = propertyNames ? make(propertyNames) : fc.string({ minLength: 1, maxLength: 20 });
    return fc.dictionary(names as Arbitrary<string>, make(additionalProperties), {
      maxKeys: ITEMS_MORE_MAX,
      noNullPrototype: true,
    });
  },
};

function text(fc: FastCheck, { format, pattern, minLength = 0, maxLength }: any) {
  const most = Math.min(maxLength ?? Number.POSITIVE_INFINITY, minLength + LENGTH_MORE_MAX);
  const fits = (one: string) =>
    one === one.trim() && // what a schema trims, it has written trimmed
    one.length >= minLength &&
    one.length <= (maxLength ?? Number.POSITIVE_INFINITY) &&
    (pattern === undefined || new RegExp(pattern).test(one));
  switch (format) {
    case 'email':
      return fc.emailAddress().filter(fits);
    case 'uuid':
      return fc.uuid().filter(fits);
    case 'uri':
      return fc.webUrl().filter(fits);
    case 'date-time':
      return fc
        .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
        .map((date) => date.toISOString())
        .filter(fits);
    default:
      return pattern === undefined
        ? fc.string({ minLength, maxLength: most }).filter(fits)
        : fc.stringMatching(new RegExp(pattern)).filter(fits);
  }
}

function resolved(root: any, ref: string): unknown {
  const path = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], root);
}

/** Objects that are all of several: their properties side by side. */
function merged({ allOf, ...rest }: any): unknown {
  const all = [rest, ...allOf];
  const properties = Object.assign({}, ...all.map((one) => one.properties));
  return Object.assign({}, ...all, {
    properties,
    required: all.flatMap((one) => one.required ?? []),
  });
}
