// What runs the sagas of one service: starts, signals, carries, and takes a person's decisions?
import { badDefinition } from '../error/index.ts';
import {
  type Change,
  type DocumentChange,
  eachWhere,
  put,
  type SagaSignal,
  type SagaStart,
  type Stamp,
} from '../store/index.ts';
import { carrier } from './carrier.ts';
import type { SagaContext } from './context.ts';
import { pauseOf, reopened } from './decision.ts';
import type { SagaDefinition } from './definition.ts';
import { desk, type SagaDesk } from './desk.ts';
import { driver } from './driver.ts';
import { journalStart, journalVersion, type SagaRecord, sagas, signals } from './journal.ts';
import { commit, type Saga } from './move.ts';

export interface SagaEngine extends SagaDesk {
  /** A start as the change it is: part of the accepting unit. */
  lower(start: SagaStart, stamp: Stamp): Change;
  /** A signal as the change it is: heard before the saga's next step. */
  lowerSignal(signal: SagaSignal, stamp: Stamp): DocumentChange;
  /** Picks up every open saga. */
  start(): Promise<void>;
  stop(): void;
  /** Sagas that go on by themselves. */
  readonly driving: number;
  /** Sagas that wait for a person. */
  readonly paused: number;
}

export function sagaEngine(
  definitions: readonly SagaDefinition[],
  context: SagaContext,
): SagaEngine {
  const { runtime, store, logger, metrics, service } = context;
  const known = new Map(definitions.map((one) => [`${one.name}/${one.version}`, one]));
  const definitionOf = ({ saga, version }: { readonly saga: string; readonly version: number }) =>
    known.get(`${saga}/${version}`);
  const stopping = new AbortController();
  let paused = 0;

  const countPaused = (by: number): void => {
    paused += by;
    metrics.gauge('offshoot_sagas_paused', paused, { service });
  };

  const onPaused = ({ id, data }: Saga): void => {
    const code = data.pause?.code ?? data.reason;
    countPaused(1);
    metrics.count('offshoot_saga_pauses_total', { service, saga: data.saga, code });
    logger.error('a saga waits for a person', { service, saga: data.saga, id, code });
  };

  const carry = carrier({ context, definitionOf, stopping: stopping.signal, onPaused });

  const wakeOpen = async (): Promise<void> => {
    for (const status of ['running', 'compensating'] as const)
      await eachWhere(context, sagas, 'status', status, ({ id, data }) => line.wake(id, data.saga));
  };

  const line = driver({
    runtime,
    carry,
    limitOf: () => undefined,
    refill: () =>
      void wakeOpen().catch((error: unknown) =>
        logger.error('open sagas are not woken', { service, error: String(error) }),
      ),
  });

  const decisions = desk({
    context,
    definitionOf,
    onDecided(id, { saga }) {
      countPaused(-1);
      line.wake(id, saga);
    },
  });

  /** Sagas of a version that was missing go on when it is here again. */
  const findStranded = async (): Promise<void> => {
    const found: Saga[] = [];
    await eachWhere(context, sagas, 'status', 'paused', (saga) => {
      countPaused(1);
      if (saga.data.pause?.code === 'VERSION_UNKNOWN' && definitionOf(saga.data)) found.push(saga);
    });
    for (const saga of found) {
      const definition = definitionOf(saga.data)!;
      const next = reopened(saga.data, pauseOf(definition, saga.data));
      const written = () => journalVersion(saga.id, next);
      if (await commit({ definition, saga, next: () => next, written }, context)) countPaused(-1);
    }
  };

  const started = new Map<string, string>();
  const unsubscribe = store.onDurable(() => {
    for (const [id, saga] of started) line.wake(id, saga);
    started.clear();
  });

  return {
    ...decisions,
    lower(start, stamp) {
      const definition = definitionOf(start);
      if (!definition)
        return badDefinition(`${service} does not own a saga ${start.saga} v${start.version}`);
      const record: SagaRecord = {
        saga: start.saga,
        version: start.version,
        status: 'running',
        index: 0,
        attempts: 0,
        input: start.input,
        results: {},
        reason: '',
        startedAt: stamp.at,
        deadline: stamp.at + definition.deadlineMs,
        due: 0,
        since: stamp.at,
        correlation: stamp.correlation,
        traceparent: stamp.traceparent,
      };
      started.set(start.id, start.saga);
      return {
        appends: [journalStart(start.id, record)],
        documents: [put(sagas, start.id, record, 0)],
        stamp,
      };
    },
    lowerSignal: ({ saga, id, signal }, stamp) => put(signals, id, { saga, signal, at: stamp.at }),
    async start() {
      await findStranded();
      await wakeOpen();
    },
    stop() {
      unsubscribe();
      line.stop();
      stopping.abort(new Error('the saga engine stopped'));
    },
    get driving() {
      return line.size;
    },
    get paused() {
      return paused;
    },
  };
}
