// What does a value look like that fits a JSON Schema? One is enough, made by looking at the schema.

export interface Form {
  readonly type?: string;
  readonly format?: string;
  readonly propertyNames?: Form;
  readonly properties?: Readonly<Record<string, Form>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Form;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Form[];
  readonly allOf?: readonly Form[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Texts of the kinds that the shop's patterns ask for; a new pattern may need one more. */
const TEXTS = [
  'sample',
  'sample text',
  'EUR',
  'KIT-1000',
  'pm_card_visa',
  'sample@example.test',
  '2026-11-21',
  '"1"',
];

function textFor(form: Form): string {
  const found = fittingTexts(form, [...TEXTS, 'x'.repeat(form.minLength ?? 0)])[0];
  if (found === undefined) throw new Error(`no sample text fits ${form.pattern}: add one`);
  return found;
}

/** Those of the texts that a schema takes. */
export function fittingTexts(form: Form, texts: readonly string[]): readonly string[] {
  const { pattern, minLength = 0, maxLength = 1_000 } = form;
  const expected = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  return texts.filter(
    (text) =>
      text.length >= minLength && text.length <= maxLength && (expected?.test(text) ?? true),
  );
}

/** A value that fits. Optional properties are there too, so that each can be made wrong. */
export function sampleOf(form: Form): unknown {
  if (form.const !== undefined) return form.const;
  if (form.enum) return form.enum[0];
  if (form.anyOf) return sampleOf(form.anyOf[0]!);
  if (form.allOf) return Object.assign({}, ...form.allOf.map(sampleOf));
  const { properties = {}, items = {}, minItems = 1, minimum = 1, maximum = minimum } = form;
  if (form.type === 'object')
    return Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, sampleOf(one)]),
    );
  if (form.type === 'array')
    return Array.from({ length: Math.max(1, minItems) }, () => sampleOf(items));
  if (form.type === 'integer' || form.type === 'number')
    return Math.min(Math.max(1, minimum), maximum);
  if (form.type === 'boolean') return true;
  if (form.type === 'null') return null;
  return textFor(form);
}
