// How does a test run a few services together, the clock and the network in its hand?
import type {
  InputFor,
  Operation,
  OutsideAdapter,
  RefusalFor,
  ResultFor,
} from '../contract/index.ts';
import { type Broker, embeddedBroker, type Feed, storeFeed } from '../messaging/index.ts';
import {
  type Call,
  inProcess,
  invoke,
  outsideWorld,
  type Reply,
  type Transport,
} from '../rpc/index.ts';
import type { Database } from '../runtime/index.ts';
import { type Keyring, type Principal, sealer, servicePrincipal } from '../security/index.ts';
import {
  OWN_COLLECTIONS,
  type RunningService,
  runningService,
  type ServiceDefinition,
} from '../service/index.ts';
import type { Store } from '../store/index.ts';
import { beginEpoch, sqliteStore } from '../store/sqlite/index.ts';
import { type Metrics, SILENT, type Tracer, UNMEASURED } from '../telemetry/index.ts';
import { testKeyring } from './bench.ts';
import { databaseCopy } from './database-copy.ts';
import { type FragileDatabase, fragileDatabase } from './fragile-database.ts';
import { type ManualRuntime, manualRuntime } from './manual-runtime.ts';

export interface CallOptions {
  /** @default the service `tester` */
  readonly principal?: Principal;
  readonly key?: string;
  /** What the answer must not be older than: `after` of an earlier reply. */
  readonly after?: string;
  /** @default 5000 */
  readonly deadlineMs?: number;
}

/** Stands between a caller and a service: pass the call on, or answer otherwise. */
export type Way = (call: Call, next: Transport) => Promise<Reply>;

export interface System {
  readonly runtime: ManualRuntime;
  readonly keyring: Keyring;
  invoke<Op extends Operation<any, any, any, any>>(
    operation: Op,
    input: InputFor<Op>,
    options?: CallOptions,
  ): Promise<ResultFor<Op> | RefusalFor<Op>>;
  /** The raw reply, as a transport gives it. */
  call(
    operation: Operation<any, any, any, any>,
    input: unknown,
    options?: CallOptions,
  ): Promise<Reply>;
  service(name: string): RunningService;
  store(name: string): Store;
  failNextFlush(name: string): void;
  /** Every call from now on goes this way. */
  way(change: Way): void;
  /** Stops a service and starts it again on what its store holds, as another release if given. */
  restart(name: string, release?: ServiceDefinition): Promise<void>;
  /** Copies a service's store; what it returns puts it back as a restore does, in a new epoch. */
  backup(name: string): () => Promise<void>;
  close(): Promise<void>;
}

export interface SystemOptions {
  readonly runtime?: ManualRuntime;
  readonly outside?: Readonly<Record<string, OutsideAdapter>>;
  readonly broker?: Broker;
  /** @default none */
  readonly metrics?: Metrics;
  /** @default none */
  readonly tracer?: Tracer;
}

/** A database in memory that outlives the store that closes it. */
const lasting = (database: Database): Database => ({
  exec: (sql) => database.exec(sql),
  prepare: (sql) => database.prepare(sql),
  get inTransaction() {
    return database.inTransaction;
  },
  close: () => {},
});

interface Seat {
  definition: ServiceDefinition;
  readonly database: FragileDatabase;
  running: RunningService;
  leave: () => void;
}

/** Starts services in one process, each with a store in memory of its own. */
export async function system(
  definitions: readonly ServiceDefinition[],
  options: SystemOptions = {},
): Promise<System> {
  const runtime = options.runtime ?? manualRuntime();
  const broker = options.broker ?? embeddedBroker();
  const keyring = testKeyring(runtime);
  const seals = sealer(keyring, runtime.cryptography);
  const local = inProcess(runtime);
  const metrics = options.metrics ?? UNMEASURED;
  const traced = options.tracer ? { tracer: options.tracer } : {};
  const outside = outsideWorld(runtime, options.outside ?? {}, metrics);
  const seats = new Map<string, Seat>();
  let way: Way = (call, next) => next(call);
  const transport: Transport = (call) => way(call, local.transport);

  const seat = (name: string): Seat => {
    const found = seats.get(name);
    if (!found) throw new Error(`no service ${name} in this system`);
    return found;
  };

  /** Looked up when it is read: a service that was restarted has another store. */
  const feedOf = (name: string): Feed => {
    const now = () => storeFeed(name, seat(name).running.store);
    return {
      page: async (after, limit) => now().page(after, limit),
      facts: async (after, limit) => now().facts!(after, limit),
      at: async (position) => now().at(position),
      head: async () => now().head(),
    };
  };

  const open = (definition: ServiceDefinition, database: FragileDatabase): RunningService => {
    const collections = [...OWN_COLLECTIONS, ...definition.collections];
    const { name: service } = definition;
    const store = sqliteStore({ runtime, database, service, sealer: seals, collections });
    return runningService(definition, {
      ...{ store, runtime, keyring, transport, broker, outside, sealer: seals },
      ...{ metrics, logger: SILENT, ...traced },
      feed: feedOf,
    });
  };

  for (const definition of definitions) {
    const database = fragileDatabase(lasting(runtime.openDatabase(':memory:')));
    const running = open(definition, database);
    const leave = local.register(definition.name, running.callee);
    seats.set(definition.name, { definition, database, running, leave });
  }
  for (const { running } of seats.values()) await running.start();

  const restart = async (
    name: string,
    release?: ServiceDefinition,
    change?: (store: Store) => void,
  ): Promise<void> => {
    const it = seat(name);
    it.definition = release ?? it.definition;
    it.leave();
    it.running.stop();
    await it.running.store.close();
    change?.(it.running.store);
    it.running = open(it.definition, it.database);
    it.leave = local.register(name, it.running.callee);
    await it.running.start();
  };

  const headersOf = ({ key, after, deadlineMs = 5_000 }: CallOptions) => ({
    ...(after === undefined ? {} : { after }),
    ...{ deadlineMs, correlationId: 'correlation', causationId: 'test', traceparent: '' },
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
  const callerOf = ({ principal = servicePrincipal('tester') }: CallOptions) => principal;

  return {
    runtime,
    keyring,
    invoke: (operation, input, given = {}) =>
      invoke({ transport, principal: callerOf(given) }, operation, input, headersOf(given)),
    call: ({ service, name }, input, given = {}) =>
      transport({
        ...{ service, operation: name, input },
        ...{ principal: callerOf(given), headers: headersOf(given) },
      }),
    service: (name) => seat(name).running,
    store: (name) => seat(name).running.store,
    failNextFlush: (name) => seat(name).database.failNextFlush(),
    way(change) {
      way = change;
    },
    restart: (name, release) => restart(name, release),
    backup(name) {
      const { database } = seat(name);
      const putBack = databaseCopy(database);
      return () =>
        restart(name, undefined, ({ epoch }) => {
          putBack();
          beginEpoch(database, epoch + 1);
        });
    },
    async close() {
      for (const { running } of seats.values()) running.stop();
      await runtime.settle();
      for (const { running } of seats.values()) await running.store.close();
    },
  };
}
