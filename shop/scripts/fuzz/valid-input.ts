// What does an input look like that fits its schema and speaks of things that exist?
import { type Form, fittingTexts } from '../../bad-input/sample.ts';
import type { Chance } from './chance.ts';
import type { Known } from './known.ts';
import type { Person } from './person.ts';
import type { AskedOperation } from './surface.ts';

export type Input = Record<string, unknown>;

export interface Sources {
  readonly chance: Chance;
  readonly known: Known;
}

const OPTIONAL_SHARE = 0.5;
const ITEMS_MAX = 3;
const NUMBER_MAX = 20;
/** Of what people write down: `verify` looks for it where only sealed text may be. */
const CANARY = 'Zephyrine Quillfeather';
const METHODS = ['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_declined'] as const;
/** In whose fields a person writes what is personal. */
const PERSONAL = new Set(['identity', 'users']);

/** What people may well write, and programs stumble over. */
const ODD_TEXTS = [
  "O'Hara; DROP TABLE documents; --",
  '<script>alert(1)</script>',
  'ünïcödé ñame 名前',
  '👩‍👩‍👧‍👦 family',
  '\u202eelbaton\u202c',
  'a\u0000b\u0007c',
  'half \ud83d pair',
  '{{7*7}} %s %n %00',
  'line\nbreak\tand\\slash',
  '../../../etc/passwd',
  'null',
  'ZALGO\u0300\u0301\u0302\u0303',
];
const ODD_NAMES = ['constructor', 'toString', 'hasOwnProperty', '$ne', 'a.b', 'é', ' ', '0'];
const ODD_SHARE = 0.2;

interface Spot extends Sources {
  readonly operation: AskedOperation;
  readonly who: Person;
}

function text(form: Form, field: string, { chance, operation }: Spot): string {
  const word = chance.letters(3 + chance.below(9));
  const isPersonal = PERSONAL.has(operation.tag) && field === 'name';
  const email = `zephyrine.${chance.letters(10)}@example.test`;
  if (form.format === 'email' || field === 'email') return email;
  const odd = chance.happens(ODD_SHARE) ? [chance.pick(ODD_TEXTS)] : [];
  const own = isPersonal ? [`${CANARY} ${word}`] : [word, `${word} ${chance.letters(5)}`];
  const shaped = ['EUR', `FUZ-${word.toUpperCase()}`, chance.pick(METHODS)];
  const candidates = [...odd, ...own, ...shaped, '', 'x'.repeat(form.minLength ?? 0)];
  const fitting = fittingTexts(form, candidates);
  // The first that fits is the plainest; a pattern leaves only what was made for it.
  return fitting[0] ?? word;
}

function record(form: Form, spot: Spot): Input {
  const { chance } = spot;
  const count = chance.below(ITEMS_MAX);
  const inner = form.additionalProperties as Form;
  const entries = Array.from({ length: count }, (): [string, unknown] => [
    chance.happens(ODD_SHARE) ? chance.pick(ODD_NAMES) : chance.letters(6),
    valueFor(inner, '', spot),
  ]);
  return Object.fromEntries(entries);
}

function objectFor(form: Form, spot: Spot): Input {
  if (!form.properties) return record(form, spot);
  const { properties, required = [] } = form;
  const chosen = Object.entries(properties).filter(
    ([name]) => required.includes(name) || spot.chance.happens(OPTIONAL_SHARE),
  );
  return Object.fromEntries(chosen.map(([name, inner]) => [name, valueFor(inner, name, spot)]));
}

function valueFor(form: Form, field: string, spot: Spot): unknown {
  const { chance, known, operation, who } = spot;
  if (form.const !== undefined) return form.const;
  if (form.enum) return chance.pick(form.enum);
  if (form.anyOf) return valueFor(chance.pick(form.anyOf), field, spot);
  if (form.type === 'object') return objectFor(form, spot);
  if (form.type === 'array') {
    const count = Math.max(form.minItems ?? 0, 1 + chance.below(ITEMS_MAX));
    return Array.from({ length: count }, () => valueFor(form.items ?? {}, field, spot));
  }
  if (form.type === 'integer' || form.type === 'number') {
    const { minimum = 0, maximum = NUMBER_MAX } = form;
    return minimum + chance.below(Math.min(maximum - minimum, NUMBER_MAX) + 1);
  }
  if (form.type === 'boolean') return chance.happens(0.5);
  const told = known.value(field, operation, who.name, chance);
  const isTaken = told !== undefined && fittingTexts(form, [told]).length > 0;
  // A new thing wants an id of its own.
  if (isTaken && operation.answers.has(201) === false) return told;
  return text(form, field, spot);
}

/** An input that fits, about things that were told before; about oneself where one reads oneself. */
export function validInput(operation: AskedOperation, who: Person, sources: Sources): Input {
  const { chance, known } = sources;
  const input = objectFor(operation.form, { ...sources, operation, who });
  const isReading = operation.method === 'GET';
  if (isReading && 'userId' in input && who.userId && chance.happens(OPTIONAL_SHARE))
    input.userId = who.userId;
  if (isReading && 'customerId' in input && who.userId) input.customerId = who.userId;
  const account = 'password' in input ? known.account(chance) : undefined;
  return operation.answers.has(201) || !account ? input : { ...input, ...account };
}
