// What is a service: a contract, its handlers, its data, and what it listens to?
import type { AnyContract } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import type { Queue, Subscription } from '../messaging/index.ts';
import { copyOf, type Projection, SLOTS } from '../projection/index.ts';
import type { SagaDefinition } from '../saga/index.ts';
import type { Collection } from '../store/index.ts';
import type { Handler } from './handler.ts';
import type { TimerHandler } from './timers.ts';

export interface ServiceSpec<C extends AnyContract> {
  /** One handler an operation, by the operation's name. */
  readonly handlers: { readonly [N in keyof C['operations']]: Handler };
  readonly collections?: readonly Collection<any>[];
  readonly subscriptions?: readonly Subscription[];
  /** Read models; of one name all the versions that this release still keeps up to date. */
  readonly projections?: readonly Projection[];
  readonly sagas?: readonly SagaDefinition<any>[];
  readonly timers?: readonly TimerHandler[];
  /** Those that its units send to. */
  readonly queues?: readonly Queue<any>[];
}

export interface ServiceDefinition {
  readonly name: string;
  readonly contract: AnyContract;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Its own and every copy of its projections' rows. */
  readonly collections: readonly Collection<any>[];
  readonly subscriptions: readonly Subscription[];
  readonly projections: readonly Projection[];
  readonly sagas: readonly SagaDefinition<any>[];
  readonly timers: readonly TimerHandler[];
  readonly queues: readonly Queue<any>[];
}

const unique = (what: string, names: readonly string[]): void => {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) badDefinition(`${what} '${twice}' is declared twice`);
};

/** Ties a contract to what implements it. Throws BAD_DEFINITION for a handler of something else. */
export function service<C extends AnyContract>(
  contract: C,
  spec: ServiceSpec<C>,
): ServiceDefinition {
  const handlers = new Map<string, Handler>(Object.entries(spec.handlers));
  for (const [name, operation] of Object.entries(contract.operations))
    if (handlers.get(name)?.operation !== operation)
      badDefinition(`${contract.name}.${name} needs a handler made for it`);
  const { subscriptions = [], projections = [], sagas = [], timers = [], queues = [] } = spec;
  const collections = [...(spec.collections ?? []), ...copiesOf(projections)];
  unique(
    `${contract.name}: collection`,
    collections.map((one) => one.name),
  );
  unique(
    `${contract.name}: subscription`,
    subscriptions.map((one) => one.name),
  );
  unique(
    `${contract.name}: projection`,
    projections.map((one) => `${one.name} v${one.version}`),
  );
  unique(
    `${contract.name}: saga`,
    sagas.map((one) => `${one.name} v${one.version}`),
  );
  unique(
    `${contract.name}: queue`,
    queues.map((one) => one.name),
  );
  const listening = { subscriptions, projections, sagas, timers, queues };
  return { name: contract.name, contract, handlers, collections, ...listening };
}

/** Versions of one projection share the places of their rows. */
function copiesOf(projections: readonly Projection[]): Collection<any>[] {
  const copies = new Map<string, Collection<any>>();
  for (const { collections } of [...projections].sort((a, b) => a.version - b.version))
    for (const one of collections)
      for (const slot of SLOTS) copies.set(`${one.name}.${slot}`, copyOf(one, slot));
  return [...copies.values()];
}
