// What runs the sagas of one service: starts, signals, carries, and takes a person's decisions?
import { badDefinition } from '../error/index.ts';
import {
  type Change,
  type DocumentChange,
  eachOf,
  eachWhere,
  put,
  type SagaSignal,
  type SagaStart,
  type Stamp,
} from '../store/index.ts';
import { carrier } from './carrier.ts';
import type { SagaContext } from './context.ts';
import { pauseOf, reopened } from './decision.ts';
import { CANCEL, type SagaDefinition } from './definition.ts';
import { desk, type SagaDesk } from './desk.ts';
import { driver } from './driver.ts';
import { arrival, arrivals, journalVersion, sagas, signals } from './journal.ts';
import { commit, type Notes, type Saga } from './move.ts';
import { SOLE_OWNER } from './ownership.ts';
import { sleepers } from './sleepers.ts';
import { startOf } from './start.ts';

export interface SagaEngine extends SagaDesk {
  /** A start as the change it is: part of the accepting unit. */
  lower(start: SagaStart, stamp: Stamp): Change;
  /** A signal as the change it is: heard before the saga's next step. */
  lowerSignal(signal: SagaSignal, stamp: Stamp): DocumentChange;
  start(): Promise<void>;
  /**
   * Carries the open sagas that this replica owns now, and did not before; counts who is paused,
   * and opens again those that no release before knew the version of.
   */
  pickUp(): Promise<void>;
  /** Looks at one saga that another replica has begun. */
  wake(id: string, saga: string): void;
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
  checkChildren(service, definitions);
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

  // Noted as changes are staged. What was noted in vain, for a flush that failed, wakes for nothing.
  const noted = new Map<string, string>();
  const notes: Notes = {
    wake: (id, saga) => void noted.set(id, saga),
    sleeps: (until) => sleeping.sleeps(until),
    rises: (until) => sleeping.rises(until),
  };
  const { ownership = SOLE_OWNER } = context;
  const moving = { ...context, notes, ownership };
  const carry = carrier({ context: moving, definitionOf, stopping: stopping.signal, onPaused });

  const wakeOpen = async (): Promise<void> => {
    for (const status of ['running', 'compensating'] as const)
      await eachWhere(context, sagas, 'status', status, ({ id, data }) => line.wake(id, data.saga));
    sleeping.look();
  };

  const line = driver({
    runtime,
    carry,
    limitOf: (name) => definitions.findLast((one) => one.name === name)?.concurrency,
    refill: () =>
      void wakeOpen().catch((error: unknown) =>
        logger.error('open sagas are not woken', { service, error: String(error) }),
      ),
  });
  const sleeping = sleepers(context, line.wake);

  const decisions = desk({
    context: moving,
    definitionOf,
    onDecided(id, { saga }) {
      countPaused(-1);
      line.wake(id, saga);
    },
  });

  /** Sagas of a version that was missing go on when it is here again. */
  const findStranded = async (): Promise<void> => {
    const found: Saga[] = [];
    countPaused(-paused);
    await eachWhere(context, sagas, 'status', 'paused', (saga) => {
      countPaused(1);
      if (saga.data.pause?.code === 'VERSION_UNKNOWN' && definitionOf(saga.data)) found.push(saga);
    });
    for (const saga of found) {
      const definition = definitionOf(saga.data)!;
      const next = reopened(saga.data, pauseOf(definition, saga.data), runtime.now());
      const written = () => journalVersion(saga.id, next);
      if (await commit({ definition, saga, next: () => next, written }, moving)) countPaused(-1);
    }
  };

  /** What was said while nobody listened. */
  const wakeAddressed = async (): Promise<void> => {
    await eachOf(context, signals, ({ id, data }) => line.wake(id, data.saga));
    await eachOf(context, arrivals, ({ data }) => line.wake(data.id, data.saga));
  };

  const pickUp = async (): Promise<void> => {
    await findStranded();
    await wakeOpen();
    await wakeAddressed();
  };

  const wakeNoted = (): void => {
    if (noted.size === 0) return;
    const all = [...noted];
    noted.clear();
    for (const [id, saga] of all) line.wake(id, saga);
  };
  const unsubscribe = store.onDurable(wakeNoted);
  /** A signal may be all that its unit changes: documents alone are no news to the log's readers. */
  const wakeSoon = () => void store.settled().then(wakeNoted, wakeNoted);

  return {
    ...decisions,
    lower(start, stamp) {
      const definition = definitionOf(start);
      if (!definition)
        return badDefinition(`${service} does not own a saga ${start.saga} v${start.version}`);
      notes.wake(start.id, start.saga);
      return startOf(start, definition, stamp);
    },
    lowerSignal({ saga, id, signal, data }, stamp) {
      notes.wake(id, saga);
      runtime.endOfTurn(wakeSoon);
      if (signal === CANCEL) return put(signals, id, { saga, signal, at: stamp.at });
      return arrival({ saga, id, step: signal, at: stamp.at, data });
    },
    pickUp,
    wake: line.wake,
    start: pickUp,
    stop() {
      unsubscribe();
      line.stop();
      sleeping.stop();
      stopping.abort(new Error('the saga engine stopped'));
    },
    get driving() {
      return line.size + (sleeping.areThere ? 1 : 0);
    },
    get paused() {
      return paused;
    },
  };
}

/** A child is driven by the engine of its parent. */
function checkChildren(service: string, definitions: readonly SagaDefinition[]): void {
  for (const { name, steps } of definitions)
    for (const step of steps)
      if (step.kind === 'child' && !definitions.includes(step.definition))
        badDefinition(`saga ${name} has the child ${step.definition.name}: list it in ${service}`);
}
