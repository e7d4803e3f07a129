// In which ways is what somebody says made wrong, before it becomes a request?
import type { Form } from '../../bad-input/sample.ts';
import { wrongValues } from '../../bad-input/spoiled.ts';
import type { Chance } from './chance.ts';
import type { AskedOperation } from './surface.ts';
import type { Input } from './valid-input.ts';

export interface InputSpoiling {
  readonly name: string;
  readonly weight: number;
  spoil(input: Input, operation: AskedOperation, chance: Chance): void;
}

/** What fits into a request line beside everything else. */
const TARGET_VALUE_MAX = 4_000;
const DEEP = 40;
const DEEPER_SHARE = 0.6;

/** Goes down into the input at random and puts something wrong where it stops. */
function misplace(into: any, form: Form, chance: Chance): void {
  const names = Object.keys(form.properties ?? {});
  if (names.length === 0) return;
  const name = chance.pick(names);
  const inner = form.properties?.[name] ?? {};
  const held = into[name];
  const first = Array.isArray(held) ? held[0] : held;
  const below = inner.type === 'array' ? (inner.items ?? {}) : inner;
  if (
    below.properties &&
    typeof first === 'object' &&
    first !== null &&
    chance.happens(DEEPER_SHARE)
  )
    misplace(first, below, chance);
  else into[name] = chance.pick(wrongValues(inner));
}

/** A path and a query have room only for so much. */
function shortened(input: Input, { sendsBody, inPath }: AskedOperation): void {
  for (const [name, value] of Object.entries(input)) {
    if (sendsBody && !inPath.includes(name)) continue;
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    if (text.length > TARGET_VALUE_MAX) input[name] = text.slice(0, TARGET_VALUE_MAX);
    // An empty segment is another path.
    if (inPath.includes(name) && (text === '' || value === undefined)) input[name] = ' ';
  }
}

const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((inner) => ({ a: inner }), 1 as unknown);

export const INPUT_SPOILINGS: readonly InputSpoiling[] = [
  {
    name: 'a wrong value',
    weight: 8,
    spoil(input, operation, chance) {
      misplace(input, operation.form, chance);
      shortened(input, operation);
    },
  },
  {
    name: 'a field less',
    weight: 2,
    spoil(input, { form, inPath }, chance) {
      const left = (form.required ?? []).filter((name) => !inPath.includes(name));
      if (left.length > 0) delete input[chance.pick(left)];
    },
  },
  {
    name: 'fields that nobody asked for',
    weight: 2,
    spoil: (input) => void Object.assign(input, { roles: ['admin'], isAdmin: true, userId: 'me' }),
  },
  {
    name: 'a thing that nobody knows',
    weight: 3,
    spoil(input, { form, inPath }, chance) {
      const names = Object.keys(form.properties ?? {}).filter((one) => /id$/i.test(one));
      const name = chance.pick([...names, ...inPath, 'cursor']);
      input[name] = `nobody-knows-${chance.letters(6)}`;
    },
  },
  {
    name: 'a well',
    weight: 1,
    spoil: (input) => {
      input.well = deep(DEEP);
    },
  },
];
