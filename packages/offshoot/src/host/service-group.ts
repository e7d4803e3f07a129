// How do the services of one process find each other and come to life?
import { asOffshootError, OffshootError } from '../error/index.ts';
import { type Broker, embeddedBroker, type Feed, storeFeed } from '../messaging/index.ts';
import { inProcess, type OutsideWorld, type Transport } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type RunningService, runningService, type ServiceDefinition } from '../service/index.ts';
import type { Metrics, Tracer } from '../telemetry/index.ts';
import type { EmbeddedStores } from './embedded-stores.ts';
import type { InFlight } from './in-flight.ts';
import type { FileLogger } from './pino-logger.ts';

export interface ServiceGroup {
  readonly transport: Transport;
  readonly services: readonly RunningService[];
  start(): Promise<void>;
  /** No more events and saga steps; calls in flight may end. */
  stop(): void;
}

export interface ServiceGroupOptions {
  readonly runtime: Runtime;
  readonly logger: FileLogger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly embedded: EmbeddedStores;
  readonly outside: OutsideWorld;
  readonly flights: InFlight;
}

/** Puts every service on its store, behind one transport and one broker. */
export function serviceGroup(
  definitions: readonly ServiceDefinition[],
  options: ServiceGroupOptions,
): ServiceGroup {
  const { runtime, metrics, tracer, outside, flights } = options;
  const { stores, keyring, sealer } = options.embedded;
  const { transport, register } = inProcess(runtime);
  const broker: Broker = embeddedBroker();
  const feed = (name: string): Feed => {
    const store = stores.get(name);
    if (store) return storeFeed(name, store);
    throw new OffshootError('NO_HEALTHY_INSTANCE', `${name} does not run in this process`);
  };
  const services = definitions.map((definition) => {
    const store = stores.get(definition.name)!;
    const logger = options.logger.of(definition.name);
    const observed = { logger, metrics, tracer };
    const shared = { runtime, ...observed, keyring, sealer, transport, broker, outside, feed };
    return runningService(definition, { ...shared, store });
  });
  for (const { name, callee } of services) register(name, flights.calls(callee));
  return {
    transport,
    services,
    async start() {
      for (const one of services)
        await one.start().catch((thrown: unknown) => {
          const cause = asOffshootError(thrown);
          const message = `${one.name} did not start: ${cause.message}`;
          throw new OffshootError(cause.code, message, { cause: thrown });
        });
    },
    stop() {
      for (const one of services) one.stop();
    },
  };
}
