// How do the services of one process find each other and come to life?
import { asOffshootError, OffshootError } from '../error/index.ts';
import { type Broker, embeddedBroker, type Feed, storeFeed } from '../messaging/index.ts';
import {
  type Callee,
  inProcess,
  type OutsideWorld,
  type Transport,
  withBatch,
  withFeed,
} from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type LeasedOwnership, leasedOwnership } from '../saga/index.ts';
import { type RunningService, runningService, type ServiceDefinition } from '../service/index.ts';
import type { Metrics, Tracer } from '../telemetry/index.ts';
import type { EmbeddedStores } from './embedded-stores.ts';
import type { InFlight } from './in-flight.ts';
import type { Neighbours } from './neighbours.ts';
import type { FileLogger } from './pino-logger.ts';
import type { Sharing } from './shared-stores.ts';

export interface ServiceGroup {
  readonly transport: Transport;
  /** What its services publish, and what others do whom somebody here listens to. */
  readonly broker: Broker;
  readonly services: readonly RunningService[];
  /** What answers for a service of this process when another host asks: calls, and its feed. */
  callee(service: string): Callee | undefined;
  start(): Promise<void>;
  /** No more events and saga steps; calls in flight may end. */
  stop(): void;
  /**
   * After `stop`: sagas that others may carry are theirs at once, not when a lease has ended. Gives
   * up after `msMax`: the host that holds the store may be away.
   */
  handOver(msMax: number): Promise<void>;
}

export interface ServiceGroupOptions {
  readonly runtime: Runtime;
  readonly logger: FileLogger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly embedded: EmbeddedStores;
  readonly outside: OutsideWorld;
  readonly flights: InFlight;
  /** The way to services of other processes. @default all are in this one */
  readonly neighbours?: Neighbours | undefined;
  /** How this host shares its stores with others. @default alone */
  readonly shared?: {
    readonly sharing: Sharing;
    /** This host, by a name that no other has. */
    readonly holder: string;
    readonly termMs?: number;
  };
}

/** Puts every service on its store, behind one transport and one broker. */
export function serviceGroup(
  definitions: readonly ServiceDefinition[],
  options: ServiceGroupOptions,
): ServiceGroup {
  const { runtime, metrics, tracer, outside, flights, neighbours, shared } = options;
  const { stores, keyring, sealer } = options.embedded;
  const { transport: here, register } = inProcess(runtime);
  const transport: Transport = neighbours
    ? (call) => (stores.has(call.service) ? here(call) : neighbours.transport(call))
    : here;
  const broker: Broker = neighbours?.broker ?? embeddedBroker();
  const feedFor = (name: string, reader: string): Feed => {
    const store = stores.get(name);
    if (store) return storeFeed(name, store);
    if (neighbours) return neighbours.feed(name, reader);
    throw new OffshootError('NO_HEALTHY_INSTANCE', `${name} does not run in this process`);
  };
  const owners = new Map<RunningService, LeasedOwnership>();
  const services = definitions.map((definition) => {
    const store = stores.get(definition.name)!;
    const logger = options.logger.of(definition.name);
    const observed = { logger, metrics, tracer };
    const feed = (name: string) => feedFor(name, definition.name);
    const around = { runtime, ...observed, keyring, sealer, transport, broker, outside, feed };
    const context = { ...around, store };
    if (!shared) return runningService(definition, context);
    const ownership = leasedOwnership(context, { ...shared, definitions: definition.sagas });
    const { sharing } = shared;
    const service = runningService(definition, { ...context, sharing, ownership });
    if (definition.sagas.length > 0) owners.set(service, ownership);
    return service;
  });
  const takeShare = async (service: RunningService): Promise<void> => {
    const { sagas, name } = service;
    const pickUp = (): void => {
      sagas.pickUp().catch((error: unknown) => {
        const fields = { service: name, error: String(error) };
        options.logger.warn('sagas of others are not looked at', fields);
      });
    };
    await owners.get(service)?.start(pickUp, sagas.wake);
  };
  const callees = new Map<string, Callee>();
  for (const { name, callee, store } of services) {
    const counted = withBatch(flights.calls(callee));
    register(name, counted);
    callees.set(name, withFeed(counted, { runtime, store, feed: storeFeed(name, store) }));
  }
  return {
    transport,
    broker,
    services,
    callee: (service) => callees.get(service),
    async start() {
      for (const one of services)
        await takeShare(one)
          .then(one.start)
          .catch((thrown: unknown) => {
            const cause = asOffshootError(thrown);
            const message = `${one.name} did not start: ${cause.message}`;
            throw new OffshootError(cause.code, message, { cause: thrown });
          });
    },
    stop() {
      for (const one of services) one.stop();
    },
    async handOver(msMax) {
      const over = new AbortController();
      const late = runtime.sleep(msMax, over.signal).catch(() => {});
      await Promise.race([Promise.allSettled([...owners.values()].map((one) => one.stop())), late]);
      over.abort();
    },
  };
}
