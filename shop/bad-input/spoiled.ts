// In which ways can a good input be spoiled? Every field, by what its own schema says it is.
import type { Form } from './sample.ts';

export interface Spoiled {
  readonly how: string;
  readonly value: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const DEEP = 200;
const HUGE = 70_000;

/** What somebody sends who wants to get in, or to see what breaks. */
const HOSTILE: readonly unknown[] = [
  "' OR 1=1; DROP TABLE documents; --",
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '\u0000',
  '\ud800',
  '{{7*7}}',
  { $ne: null },
  { toString: 'x', valueOf: 1 },
  [[[[[[]]]]]],
  1e308,
  -1,
  0.1,
  Number.MAX_VALUE,
  'NaN',
  '',
  ' ',
];

const WRONG_TYPES: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, true, null, [], {}],
  integer: ['7', true, null, [], {}, 1.5],
  number: ['7', true, null, [], {}],
  boolean: ['true', 1, null, [], {}],
  array: ['x', 7, true, null, {}],
  object: ['x', 7, true, null, []],
};

function oversized({ type, maxLength, maxItems, maximum, minimum, items }: Form): unknown[] {
  if (type === 'string') return ['x'.repeat((maxLength ?? HUGE) + 1), 'x'.repeat(HUGE)];
  if (type === 'array') return [Array((maxItems ?? HUGE) + 1).fill(items ? 'x' : null), []];
  if (type === 'object')
    return [Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [n, n]))];
  return [(maximum ?? Number.MAX_SAFE_INTEGER) + 1, (minimum ?? 0) - 1];
}

const shown = (value: unknown) => (JSON.stringify(value) ?? 'undefined').slice(0, 40);

/** Values that do not fit, or hardly: some may, the contract knows which. */
export const wrongValues = (form: Form): readonly unknown[] => [
  ...(WRONG_TYPES[form.type ?? ''] ?? []),
  ...oversized(form),
  ...HOSTILE,
];

/** The same value with each thing about it made wrong, one at a time, however deep it lies. */
function variants(form: Form, good: unknown, path: string): Spoiled[] {
  const own = wrongValues(form).map((value) => ({ how: `${path} = ${shown(value)}`, value }));
  if (form.type === 'object') return [...own, ...inObject(form, good as Fields, path)];
  if (form.type !== 'array' || !form.items) return own;
  const [first] = good as unknown[];
  const inside = variants(form.items, first, `${path}/0`);
  return [...own, ...inside.map(({ how, value }) => ({ how, value: [value] }))];
}

function inObject(form: Form, good: Fields, path: string): Spoiled[] {
  const { properties = {}, required = [], additionalProperties } = form;
  const spoiled = Object.entries(properties).flatMap(([name, inner]) =>
    variants(inner, good[name], `${path}/${name}`).map(({ how, value }) => ({
      how,
      value: { ...good, [name]: value },
    })),
  );
  const missing = required.map((name) => ({
    how: `${path} without ${name}`,
    value: Object.fromEntries(Object.entries(good).filter(([other]) => other !== name)),
  }));
  const isClosed = additionalProperties === false;
  const more = { how: `${path} with more`, value: { ...good, roles: ['admin'], isAdmin: true } };
  return [...spoiled, ...missing, ...(isClosed ? [more] : [])];
}

/** Every spoiled form of a good input. Some may still fit: the contract knows which. */
export const spoiledForms = (form: Form, good: Fields): Spoiled[] => inObject(form, good, '#');

/** Bodies that are no input at all, whatever the operation. */
export const BROKEN_BODIES: readonly { readonly how: string; readonly body: string }[] = [
  { how: 'half a body', body: '{"a":' },
  { how: 'an array', body: '[]' },
  { how: 'null', body: 'null' },
  { how: 'a text', body: '"x"' },
  { how: 'a number that is none', body: '{"a":NaN}' },
  { how: 'a comment', body: '{/* */}' },
  { how: 'a prototype', body: '{"__proto__":{"roles":["admin"]}}' },
  { how: 'a constructor', body: '{"constructor":{"prototype":{"roles":["admin"]}}}' },
  { how: 'a well', body: `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}` },
  { how: 'a deep array', body: `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}` },
];
