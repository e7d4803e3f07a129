// How do operations and events become the one source that everything derives from?
import { badDefinition } from '../error/index.ts';
import { checkCaching } from './caching.ts';
import { bindEvent, type EventDefinition, type EventSpec } from './event.ts';
import type { Operation, Unbound } from './operation.ts';
import { type RateLimit, rateLimitOf } from './rate-limit.ts';
import { jsonForm, type Schema } from './schema.ts';

type Operations = Readonly<Record<string, Unbound<Operation>>>;
type Events = Readonly<Record<string, EventSpec<any>>>;

export interface ContractSpec<Ops extends Operations, Evs extends Events> {
  readonly version: number;
  /** What it is for, in a sentence: the description of its tag in OpenAPI. @default its name */
  readonly summary?: string;
  /** The thing an event is about: `<noun>.<event>`. @default the name */
  readonly noun?: string;
  /** Where the edge mounts it: `/api/v<version>/<at>`. @default the name */
  readonly at?: string;
  /** For its operations that declare none. @default 100 in 15 minutes for each principal */
  readonly rateLimit?: RateLimit | 'none';
  readonly operations: Ops;
  readonly events: Evs;
}

type BoundOperations<Ops> = {
  readonly [N in keyof Ops]: Ops[N] extends Unbound<Operation<infer K, infer I, infer O, infer R>>
    ? Operation<K, I, O, R>
    : never;
};
type BoundEvents<Evs> = {
  readonly [N in keyof Evs]: Evs[N] extends EventSpec<infer S> ? EventDefinition<S> : never;
};

/** What every contract has beside its operations. */
export interface ContractFacts {
  readonly name: string;
  readonly noun: string;
  readonly version: number;
  readonly at: string;
  readonly summary: string;
}

/** The operations stand on the contract by their names; its events under `events`. */
export type Contract<Ops = any, Evs = any> = ContractFacts & {
  readonly operations: BoundOperations<Ops>;
  readonly events: BoundEvents<Evs>;
} & BoundOperations<Ops>;

/** Any contract, when its own operations do not matter. */
export type AnyContract = ContractFacts & {
  readonly operations: Readonly<Record<string, Operation<any, any, any, any>>>;
  readonly events: Readonly<Record<string, EventDefinition<any>>>;
};

const NAME = /^[a-z][a-zA-Z0-9]*$/;
const EVENT_NAME = /^[a-z][a-z0-9_]*$/;
const TAKEN = ['name', 'noun', 'version', 'at', 'summary', 'operations', 'events'];

function checkOperation(where: string, operation: Operation): void {
  const { access } = operation;
  if (access.kind === 'users' && access.roles.length + access.permissions.length === 0)
    badDefinition(
      `${where}: an empty access rule lets everybody in; say anyone() or authenticated()`,
    );
  jsonForm(operation.input, 'input', `${where} input`);
  jsonForm(operation.output, 'output', `${where} output`);
  for (const [code, spec] of Object.entries(operation.refusals)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(code))
      badDefinition(`${where}: refusal ${code} is not UPPER_SNAKE`);
    if (spec.data) jsonForm(spec.data as Schema, 'output', `${where} ${code}`);
  }
}

/**
 * Declares what a service offers: its operations and its public events. Throws BAD_DEFINITION
 * for a name that is no name and for a schema without a JSON form.
 */
export function contract<const N extends string, Ops extends Operations, Evs extends Events>(
  name: N,
  spec: ContractSpec<Ops, Evs>,
): Contract<Ops, Evs> & { readonly name: N } {
  if (!NAME.test(name)) badDefinition(`'${name}' is no contract name`);
  const noun = spec.noun ?? name;
  const operations: Record<string, Operation> = {};
  for (const [key, unbound] of Object.entries(spec.operations)) {
    if (!NAME.test(key) || TAKEN.includes(key))
      badDefinition(`${name}.${key}: choose another name`);
    const where = `${name}.${key}`;
    const limit = unbound.spec.rateLimit ?? spec.rateLimit;
    const rateLimit = rateLimitOf(where, unbound.access, limit);
    operations[key] = Object.freeze({ ...unbound, service: name, name: key, rateLimit });
    checkOperation(where, operations[key]);
    const { cache } = unbound.spec;
    checkCaching(where, { ...unbound, cache }, Object.keys(spec.events));
  }
  const events: Record<string, EventDefinition> = {};
  for (const [key, declared] of Object.entries(spec.events)) {
    if (!EVENT_NAME.test(key)) badDefinition(`${name}.events.${key}: write it in snake_case`);
    jsonForm(declared.data, 'output', `${noun}.${key}`);
    events[key] = bindEvent(name, `${noun}.${key}`, declared);
  }
  const { version, at = name, summary = `The operations of ${name}` } = spec;
  const facts = { name, noun, version, at, summary, operations, events };
  return Object.freeze({ ...operations, ...facts }) as unknown as Contract<Ops, Evs> & {
    readonly name: N;
  };
}
