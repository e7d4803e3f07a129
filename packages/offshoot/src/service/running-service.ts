// How does a service definition come to life on a store, a transport and a broker?
import { isRefused } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import {
  type Broker,
  type Cause,
  type Consumer,
  type ConsumerContext,
  consumer,
  type Feed,
  INBOX_COLLECTIONS,
  relay,
  type Workers,
  work,
  workers,
} from '../messaging/index.ts';
import {
  liveStore,
  PROJECTION_COLLECTIONS,
  type ProjectionEngine,
  projectionEngine,
} from '../projection/index.ts';
import { type Call, type Callee, invoke, type OutsideWorld, type Transport } from '../rpc/index.ts';
import {
  type Outcome,
  type Ownership,
  SAGA_COLLECTIONS,
  type SagaEngine,
  type StepCall,
  sagaEngine,
} from '../saga/index.ts';
import { type Sealer, servicePrincipal } from '../security/index.ts';
import {
  type Asked,
  type Change,
  type Collection,
  leases,
  type Reach,
  runUnit,
  type Stamp,
  type Store,
  type UnitContext,
  type UnitOfWork,
} from '../store/index.ts';
import { inSpan, type Logger, openSpan, type Tracer } from '../telemetry/index.ts';
import { executor, outcomeOf } from './execute.ts';
import { type Freshness, freshness } from './freshness.ts';
import { REPLY_COLLECTIONS } from './replies.ts';
import { retention } from './retention.ts';
import type { ServiceDefinition } from './service.ts';
import { timerEngine, timers } from './timers.ts';

/** What the host gives a service. */
export interface ServiceContext extends UnitContext {
  readonly logger: Logger;
  /** @default nobody looks */
  readonly tracer?: Tracer;
  readonly sealer: Sealer;
  readonly transport: Transport;
  readonly broker: Broker;
  readonly outside: OutsideWorld;
  /**
   * Other processes work on the same store. Its `holder` follows feeds, fires timers and deletes
   * what has ended; a `replica` answers calls, takes work, and carries its share of the sagas.
   * @default alone
   */
  readonly sharing?: 'holder' | 'replica';
  /** Where several replicas share the store: which sagas this one carries. @default all */
  readonly ownership?: Ownership;
  /** The feed of another service (or this one) by name. */
  feed(service: string): Feed;
}

export interface RunningService {
  readonly name: string;
  readonly store: Store;
  readonly callee: Callee;
  readonly sagas: SagaEngine;
  readonly queues: readonly Workers[];
  /** Those of subscriptions and of the live rows of projections. */
  readonly consumers: readonly Consumer[];
  /** Those of subscriptions alone. */
  readonly subscribed: readonly Consumer[];
  readonly projections: ProjectionEngine;
  start(): Promise<void>;
  /** Stops taking events and carrying sagas; calls in flight may end. */
  stop(): void;
}

/** Every collection that the toolkit itself keeps in a service's store. */
export const OWN_COLLECTIONS: readonly Collection<any>[] = [
  ...INBOX_COLLECTIONS,
  ...PROJECTION_COLLECTIONS,
  ...REPLY_COLLECTIONS,
  ...SAGA_COLLECTIONS,
  leases,
  timers,
  work,
];

const STEP_DEADLINE_MS = 5_000;
const NONE: readonly never[] = [];

function reachOf(context: ServiceContext, name: string, fresh: Freshness) {
  const asking = { transport: context.transport, principal: servicePrincipal(name) };
  const reach = (
    key: string,
    cause: Cause,
    remainingMs: () => number = () => STEP_DEADLINE_MS,
    asked?: Asked,
  ): Reach => ({
    async read(need) {
      if (cause.after) await fresh.wait(cause.after, { need }, remainingMs());
      const read = await runUnit(
        context,
        () => ({ need }),
        (loaded) => ({ value: loaded.need }),
      );
      return read.value as any;
    },
    ask: (operation, input) =>
      invoke({ ...asking, onStale: cause.after?.missed }, operation, input, {
        ...(cause.after ? { after: cause.after.text } : {}),
        ...(cause.attempt === undefined ? {} : { attempt: cause.attempt }),
        deadlineMs: remainingMs(),
        correlationId: cause.correlation,
        causationId: cause.causation,
        traceparent: cause.traceparent,
      }),
    outside: (port, about) => context.outside.client(port, about ?? key, remainingMs, asked),
    lookup: (value) =>
      Buffer.from(
        context.runtime.cryptography.hmacSha256(context.keyring.lookupKey, value),
      ).toString('base64url'),
    id: () => context.runtime.id(),
    secret: (bytes) => Buffer.from(context.runtime.randomBytes(bytes)).toString('base64url'),
    cryptography: context.runtime.cryptography,
    async span(what, run, attributes) {
      const span = openSpan({ ...context, service: name }, what, cause, attributes);
      const below = reach(key, { ...cause, traceparent: span.traceparent }, remainingMs, asked);
      return inSpan(span, () => run(below));
    },
  });
  return reach;
}

export function runningService(
  definition: ServiceDefinition,
  given: ServiceContext,
): RunningService {
  const { name } = definition;
  const context = { ...given, store: liveStore(given.store, definition.projections) };
  const { runtime, store, transport } = context;
  const principal = servicePrincipal(name);
  const isReplica = given.sharing === 'replica';

  const stamp = (cause: Cause & { actor?: string; tenant?: string }): Stamp => ({
    at: runtime.now(),
    actor: cause.actor ?? principal.name,
    tenant: cause.tenant ?? '',
    correlation: cause.correlation,
    causation: cause.causation,
    traceparent: cause.traceparent,
  });

  const lower = (unit: Omit<UnitOfWork, 'reply'>, by: Stamp): Change => {
    const { appends = NONE, documents = NONE, sagas, signals, timers, work } = unit;
    if (!sagas && !signals && !timers && !work) return { appends, documents, stamp: by };
    const starts = (sagas ?? NONE).map((start) => engine.lower(start, by));
    return {
      appends: [...appends, ...starts.flatMap((start) => start.appends)],
      documents: [
        ...documents,
        ...starts.flatMap((start) => start.documents),
        ...(signals ?? NONE).map((signal) => engine.lowerSignal(signal, by)),
        ...(timers ?? NONE).map((request) => clock.lower(request, by)),
        ...(work ?? NONE).map((request) => queueOf(request.queue).lower(request, by)),
      ],
      stamp: by,
    };
  };

  const fresh = freshness({
    ...context,
    ...{ service: name, projections: definition.projections },
    reached: (projection, from) => projections.reached(projection, from),
    subscribed: () => subscribed,
  });
  const reach = reachOf(context, name, fresh);
  const execution = executor({ ...context, service: name, stamp, lower, reach, fresh });

  const callOf = (step: StepCall): Call => ({
    service: step.operation.service,
    operation: step.operation.name,
    input: step.input,
    principal,
    headers: {
      deadlineMs: Math.max(step.operation.deadlineMs, STEP_DEADLINE_MS),
      correlationId: step.correlation,
      causationId: step.causation,
      traceparent: step.traceparent,
      idempotencyKey: step.key,
    },
  });

  const clock = timerEngine(definition.timers, { ...context, service: name, stamp, lower, reach });

  const keeping = retention([...OWN_COLLECTIONS, ...definition.collections], {
    ...context,
    service: name,
    stamp,
  });

  const engine: SagaEngine = sagaEngine(definition.sagas, {
    ...context,
    service: name,
    stamp,
    lower,
    call(step): Promise<Outcome> {
      const call = callOf(step);
      const { operation, input } = step;
      return invoke({ transport, principal }, operation, input as any, call.headers).then(
        (value): Outcome =>
          isRefused(value) ? { kind: 'refusal', code: value.refusal } : { kind: 'result', value },
        (error: unknown): Outcome => {
          const code = error instanceof OffshootError ? error.code : 'INTERNAL_ERROR';
          return { kind: 'unknown', code };
        },
      );
    },
    async local(step, also) {
      const handler = definition.handlers.get(step.operation.name);
      if (!handler) return { kind: 'unknown', code: 'INTERNAL_ERROR' };
      let joined = false;
      const reply = await execution.execute(callOf(step), handler, {
        needs: also.needs,
        change: (outcome, loaded, stamp) => {
          joined = true;
          return also.change(outcome, loaded, stamp);
        },
      });
      return joined && reply.kind !== 'error' ? undefined : outcomeOf(reply);
    },
  });

  const eventReach: ConsumerContext['reach'] = (key, cause, asked) => ({
    ...reach(key, cause, undefined, asked),
    forget: (subject) => context.keyring.forget(subject),
  });
  const following = { ...context, service: name, stamp, lower, reach: eventReach };
  const subscribed = (isReplica ? [] : definition.subscriptions).map((one) =>
    consumer(one, { ...following, feed: context.feed(one.service) }),
  );
  const projections = projectionEngine(isReplica ? [] : definition.projections, {
    ...following,
    store: given.store,
  });
  const queues = definition.queues.map((queue) =>
    workers(queue, {
      ...{ ...context, service: name, stamp, lower },
      perform: ({ input, correlation, causation, traceparent }, key, deadlineMs) =>
        invoke({ transport, principal }, queue.operation, input as any, {
          ...{ deadlineMs, traceparent, idempotencyKey: key },
          ...{ correlationId: correlation, causationId: causation },
        }),
    }),
  );
  const queueOf = (queue: string): Workers => {
    const found = queues.find((one) => one.name === `queue/${queue}`);
    if (found) return found;
    throw new OffshootError(
      'INTERNAL_ERROR',
      `${name} sends to a queue it does not list: ${queue}`,
    );
  };
  let stopRelay = (): void => {};

  return {
    name,
    store,
    sagas: engine,
    queues,
    subscribed,
    get consumers() {
      return [...subscribed, ...projections.consumers];
    },
    projections,
    callee(call) {
      const handler = definition.handlers.get(call.operation);
      if (handler) return execution.execute(call, handler);
      const message = `${name} has no operation ${call.operation} in this version`;
      const error = new OffshootError('UNAVAILABLE', message).toJSON();
      return Promise.resolve({ kind: 'error', error });
    },
    async start() {
      if (!isReplica) stopRelay = relay(name, store, context.broker, context);
      await engine.start();
      if (!isReplica) clock.start();
      if (!isReplica) keeping.start();
      for (const one of subscribed) await one.start();
      await projections.start();
      for (const one of queues) await one.start();
    },
    stop() {
      stopRelay();
      engine.stop();
      clock.stop();
      keeping.stop();
      for (const one of subscribed) one.stop();
      projections.stop();
      for (const one of queues) one.stop();
    },
  };
}
