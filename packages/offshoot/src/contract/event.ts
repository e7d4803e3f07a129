// What is a public event, and which of its fields are somebody's personal data?
import { OffshootError } from '../error/index.ts';
import { isErased } from './erased.ts';
import { type InputOf, type OutputOf, type Parsed, parse, type Schema } from './schema.ts';
import { checkUpcasts, type Upcasts } from './upcast.ts';

/** Which fields belong to a person, and which field names that person. */
export interface Personal {
  /** The field that holds the subject's id. */
  readonly subject: string;
  readonly fields: readonly string[];
}

/** Marks top-level fields as personal: stored and sent encrypted under the subject's key. */
export function personal<const S extends string, const F extends string>(
  subject: S,
  fields: readonly F[],
): { readonly subject: S; readonly fields: readonly F[] } {
  return { subject, fields };
}

export interface EventSpec<S extends Schema = Schema> {
  readonly version: number;
  /** What each older version becomes in the next: one for every version before this one. */
  readonly upcasts?: Upcasts;
  /** The field that orders: events with the same key are handled in order. */
  readonly key: keyof OutputOf<S> & string;
  readonly data: S;
  readonly personal?: {
    readonly subject: keyof OutputOf<S> & string;
    readonly fields: readonly (keyof OutputOf<S> & string)[];
  };
}

/** A fact to be recorded: what `append` takes. */
export interface EventValue<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly schema: number;
  readonly public: boolean;
  readonly key: string;
  readonly data: Data;
  readonly personal?: Personal;
}

/** An event of a contract: call it with the data to make the fact. */
export interface EventDefinition<S extends Schema = Schema> {
  (data: InputOf<S>): EventValue<string, OutputOf<S>>;
  readonly service: string;
  /** `<noun>.<event>` */
  readonly type: string;
  readonly version: number;
  readonly key: string;
  readonly schema: S;
  readonly personal: Personal | undefined;
  readonly upcasts: Upcasts | undefined;
}

export type EventData<E> = E extends EventDefinition<infer S> ? OutputOf<S> : never;

/**
 * Declares a public event: `event({ version: 1, key: 'orderId', data: z.object({ … }) })`. From
 * version 2 on it says how each older version is read: `upcasts: { 1: (data) => ({ … }) }`.
 */
export function event<S extends Schema>(spec: EventSpec<S>): EventSpec<S> {
  return spec;
}

/**
 * Checks and parses the data of an event. A personal field that reads as erased fits every
 * schema; then the data is taken as it is.
 */
export function parseEventData(
  { schema, personal }: Pick<EventDefinition, 'schema' | 'personal'>,
  data: unknown,
): Parsed<any> {
  const parsed = parse(schema, data);
  if (parsed.ok || !personal) return parsed;
  const facts = data as Readonly<Record<string, unknown>>;
  const erased = personal.fields.filter((field) => isErased(facts?.[field])).map((f) => `#/${f}`);
  const left = parsed.issues.filter(
    ({ pointer }) => !erased.some((one) => pointer === one || pointer.startsWith(`${one}/`)),
  );
  return left.length === 0 ? { ok: true, value: data } : { ok: false, issues: left };
}

/** Gives a declared event its full name. Data that does not fit the contract is a bug: it throws. */
export function bindEvent(service: string, type: string, spec: EventSpec): EventDefinition {
  checkUpcasts(type, spec);
  const make = (data: unknown): EventValue => {
    const parsed = parseEventData({ schema: spec.data, personal: spec.personal }, data);
    if (!parsed.ok) {
      const issue = parsed.issues[0];
      const where = `${type}${issue?.pointer ?? ''}`;
      throw new OffshootError(
        'INTERNAL_ERROR',
        `${where} does not fit its contract: ${issue?.detail}`,
      );
    }
    const value = parsed.value as Record<string, unknown>;
    const base = {
      type,
      schema: spec.version,
      public: true,
      key: String(value[spec.key]),
      data: value,
    };
    return spec.personal ? { ...base, personal: spec.personal } : base;
  };
  const { version, key, data: schema, personal: marks, upcasts } = spec;
  return Object.assign(make, { service, type, version, key, schema, personal: marks, upcasts });
}
