// Who wakes the sagas that wait for a time, with one look-up for however many there are?
import { every, runUnit } from '../store/index.ts';
import type { SagaContext } from './context.ts';
import { wakes } from './journal.ts';

export interface Sleepers {
  /** A saga sleeps until then. */
  sleeps(until: number): void;
  /** One that slept until then does so no longer. */
  rises(until: number): void;
  /** Looks who is due, and knows from then on who is next. */
  look(): void;
  stop(): void;
  /** Whether anybody sleeps. */
  readonly areThere: boolean;
}

const TICK_MS = 250;
/** Woken in one look: at most 1,000 a second, also after a long downtime. */
const WOKEN_MAX = 250;
/** A clock that was set is noticed after this at the latest. */
const LOOK_MS_MAX = 60_000;

/** Wakes by the wall clock; nothing of who sleeps is kept in memory but the next time. */
export function sleepers(context: SagaContext, wake: (id: string, saga: string) => void): Sleepers {
  const { runtime, logger, service } = context;
  let next = Number.POSITIVE_INFINITY;
  let cursor = ''; // within one sweep: who was woken before it may not have moved yet
  let looked = Number.NEGATIVE_INFINITY;
  let looking = false;
  let stopped = false;
  let cancel = (): void => {};

  const arm = (): void => {
    cancel();
    if (stopped || looking || next === Number.POSITIVE_INFINITY) return;
    const calm = looked + TICK_MS - runtime.monotonic();
    const ms = Math.max(0, calm, Math.min(next - runtime.now(), LOOK_MS_MAX));
    cancel = runtime.after(ms, () => void sweep());
  };

  const sweep = async (): Promise<void> => {
    if (stopped || looking) return;
    looking = true;
    looked = runtime.monotonic();
    next = Number.POSITIVE_INFINITY; // who begins to sleep from here on brings it back
    try {
      const needs = () => ({ first: every(wakes, { limit: WOKEN_MAX, after: cursor }) });
      const { value } = await runUnit(context, needs, ({ first }) => ({ value: first }));
      const due = value.filter(({ data }) => data.due <= runtime.now());
      for (const { data } of due) wake(data.id, data.saga);
      const isOver = due.length < WOKEN_MAX;
      cursor = isOver ? '' : due.at(-1)!.id;
      const after = isOver ? value[due.length]?.data.due : runtime.now();
      next = Math.min(next, after ?? Number.POSITIVE_INFINITY);
    } catch (error) {
      next = 0; // nobody knows who is due
      if (!stopped) logger.warn('sleeping sagas', { service, error: String(error) });
    }
    looking = false;
    arm();
  };

  const sleepsUntil = (until: number): void => {
    if (until >= next) return;
    next = until;
    arm();
  };

  return {
    sleeps: sleepsUntil,
    rises: (until) => {
      if (until <= next) sleepsUntil(0);
    },
    look: () => sleepsUntil(0),
    stop() {
      stopped = true;
      cancel();
    },
    get areThere() {
      return looking || next !== Number.POSITIVE_INFINITY;
    },
  };
}
