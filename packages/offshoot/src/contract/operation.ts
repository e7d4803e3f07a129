// What is one operation of a service, as its callers see it?
import { badDefinition } from '../error/index.ts';
import { type Access, authenticated } from './access.ts';
import type { Caching } from './caching.ts';
import { checkDeprecation, type Deprecation } from './edition.ts';
import type { RateLimit } from './rate-limit.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Criticality = 'critical' | 'default' | 'sheddable';

/** A declared "no": the status it has over HTTP and what comes with it. */
export interface RefusalSpec<S extends Schema = Schema> {
  readonly status: number;
  readonly data: S | undefined;
}

export type Refusals = Readonly<Record<string, RefusalSpec>>;

export function refusal(status: number): RefusalSpec<Schema<undefined>>;
export function refusal<S extends Schema>(status: number, data: S): RefusalSpec<S>;
/** Declares a refusal: an expected "no" that is returned, not thrown. 4xx only. */
export function refusal(status: number, data?: Schema): RefusalSpec {
  if (status < 400 || status > 499) badDefinition(`a refusal is a 4xx, not ${status}`);
  return { status, data };
}

export interface OperationSpec<
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> {
  readonly summary?: string;
  readonly input: I;
  readonly output: O;
  /** @default none */
  readonly refusals?: R;
  /** @default authenticated() */
  readonly access?: Access;
  /** The field of the input that names what the call is about: routing and order. */
  readonly key?: string;
  /** @default 'default' */
  readonly criticality?: Criticality;
  /** Whole call, milliseconds. @default 5000 */
  readonly deadlineMs?: number;
  /** Status of success over HTTP. @default 200 */
  readonly status?: number;
  /** Where the result lives, as a path of `{field}` of the output: the Location header. */
  readonly location?: string;
  /** Whether a caller must send an Idempotency-Key. @default 'optional' */
  readonly idempotencyKey?: 'required' | 'optional';
  /** Whether its handler asks an outside port, where the same key may be in flight. @default false */
  readonly asksOutside?: boolean;
  /** At the edge. @default what the contract says for all, else 100 in 15 minutes a principal */
  readonly rateLimit?: RateLimit | 'none';
  /** Where the edge mounts this one, instead of where its contract is. */
  readonly at?: string;
  /** Its version at the edge, beside another operation at the same path. @default the contract's */
  readonly version?: number;
  /** Says in every answer that it will go, and what to use instead. */
  readonly deprecated?: Deprecation;
  /** The field of the output that is the ETag of a GET. @default a hash of the answer */
  readonly etag?: string;
  /**
   * The field of the input that takes the tags of If-Match, an array of texts (`*` is one). The
   * edge answers 428 to a request without the header, and takes the field from nowhere else.
   */
  readonly ifMatch?: string;
  /** What a call may look like, for the description of the API. */
  readonly example?: { readonly input?: unknown; readonly output?: unknown };
  /** @default each call reaches the service */
  readonly cache?: Caching;
}

/** One operation, bound to its contract: what clients call and sagas step on. */
export interface Operation<
  K extends 'command' | 'query' = 'command' | 'query',
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> {
  readonly kind: K;
  readonly service: string;
  readonly name: string;
  readonly method: Method;
  /** Relative to where the contract is mounted, with `{field}` for parameters. */
  readonly path: string;
  readonly input: I;
  readonly output: O;
  readonly refusals: R;
  readonly access: Access;
  readonly criticality: Criticality;
  readonly deadlineMs: number;
  readonly status: number;
  /** Undefined when nobody counts. */
  readonly rateLimit: RateLimit | undefined;
  readonly spec: OperationSpec<I, O, R>;
}

export type Command<
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> = Operation<'command', I, O, R>;
export type Query<
  I extends Schema = Schema,
  O extends Schema = Schema,
  R extends Refusals = Refusals,
> = Operation<'query', I, O, R>;

/** What a caller passes. */
export type InputFor<Op> = Op extends Operation<any, infer I, any, any> ? InputOf<I> : never;
/** What the handler receives. */
export type ParsedFor<Op> = Op extends Operation<any, infer I, any, any> ? OutputOf<I> : never;
/** What the handler returns. */
export type ReplyFor<Op> = Op extends Operation<any, any, infer O, any> ? InputOf<O> : never;
/** What the caller receives. */
export type ResultFor<Op> = Op extends Operation<any, any, infer O, any> ? OutputOf<O> : never;

/** A returned "no". Make one with `refuse`. */
export interface Refused<Code extends string = string, Data = unknown> {
  readonly refusal: Code;
  readonly data: Data;
}

/** The refusals an operation may return. */
export type RefusalFor<Op> = Op extends Operation<any, any, any, infer R>
  ? {
      [C in keyof R & string]: Refused<C, R[C] extends RefusalSpec<infer S> ? InputOf<S> : never>;
    }[keyof R & string]
  : never;

/** Returns a declared refusal: `refuse('OUT_OF_STOCK', { sku, available })`. */
export function refuse<const C extends string>(code: C): Refused<C, undefined>;
export function refuse<const C extends string, D>(code: C, data: D): Refused<C, D>;
export function refuse(code: string, data?: unknown): Refused {
  return { refusal: code, data };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refusal' in value && 'data' in value;
}

const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) (\/[\w\-/{}.]*)$/;
export const DEADLINE_MS_DEFAULT = 5_000;

/** An operation before its contract gives it a name. */
export type Unbound<Op extends Operation> = Omit<Op, 'service' | 'name' | 'rateLimit'>;

function operation<
  K extends 'command' | 'query',
  I extends Schema,
  O extends Schema,
  R extends Refusals,
>(kind: K, route: string, spec: OperationSpec<I, O, R>): Unbound<Operation<K, I, O, R>> {
  const match = ROUTE.exec(route);
  if (!match) return badDefinition(`'${route}' is no route: write 'GET /things/{id}'`);
  if (kind === 'query' && spec.idempotencyKey === 'required')
    badDefinition(`${route}: a query needs no key`);
  if (kind === 'query' && spec.ifMatch !== undefined)
    badDefinition(`${route}: a query changes nothing that If-Match could guard`);
  checkDeprecation(route, spec.deprecated);
  return {
    kind,
    method: match[1] as Method,
    path: match[2] as string,
    input: spec.input,
    output: spec.output,
    refusals: spec.refusals ?? ({} as R),
    access: spec.access ?? authenticated(),
    criticality: spec.criticality ?? 'default',
    deadlineMs: spec.deadlineMs ?? DEADLINE_MS_DEFAULT,
    status: spec.status ?? 200,
    spec,
  };
}

// NoInfer: else an operation that declares no refusals would take them from the contract around
// it, and could refuse with anything.

/** An operation that changes something: `command('POST /reservations', { input, output, … })`. */
export function command<I extends Schema, O extends Schema, R extends Refusals = {}>(
  route: string,
  spec: OperationSpec<I, O, R>,
): Unbound<Command<I, O, NoInfer<R>>> {
  return operation('command', route, spec);
}

/** An operation that only answers: `query('GET /stock/{sku}', { input, output, … })`. */
export function query<I extends Schema, O extends Schema, R extends Refusals = {}>(
  route: string,
  spec: OperationSpec<I, O, R>,
): Unbound<Query<I, O, NoInfer<R>>> {
  return operation('query', route, spec);
}
