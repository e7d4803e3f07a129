// How do ten thousand calls have a deadline each, and hardly any of them a timer?
import type { Cancel, Runtime } from '../runtime/index.ts';

/** What may be put on the wheel: it is its own place, so that nothing is made to put it there. */
export interface Lapsing {
  dueMs: number;
  /** Kept by the wheel; ABSENT while it is not on it. */
  slot: number;
  previous: Lapsing | undefined;
  next: Lapsing | undefined;
  /** Called once its time has come, when it is no longer on the wheel. */
  lapse(nowMs: number): void;
}

export interface Wheel {
  /** Lapses at `dueMs` of the runtime's monotonic clock, never before. */
  add(entry: Lapsing, dueMs: number, nowMs: number): void;
  /** Does nothing to what is not there. */
  remove(entry: Lapsing): void;
  /** What waits. */
  readonly size: number;
}

export const ABSENT = -1;
const SLOTS = 512; // a power of two: the slot is the low bits, whatever the time
const GRAIN_MS = 8;
/** Sums of fractions differ in their last digits: a timer set for a time may ring a hair before it. */
const HAIR_MS = 1e-3;
const slotOf = (dueMs: number): number => (dueMs / GRAIN_MS) & (SLOTS - 1);

const wheels = new WeakMap<object, Wheel>();

/** The one wheel of a runtime: all pipelines share its timer. */
export function wheelOf(runtime: Pick<Runtime, 'after' | 'monotonic'>): Wheel {
  const made = wheels.get(runtime) ?? wheel(runtime);
  wheels.set(runtime, made);
  return made;
}

/**
 * A hashed timing wheel (Varghese and Lauck, 1987) with exact times: putting an entry on and
 * taking it off costs a few pointers, and there is one timer, set to the earliest entry it knew
 * when it last rang. Calls that end in time cost it nothing: it rings about once a deadline, finds
 * them gone and looks for the next.
 */
export function wheel(runtime: Pick<Runtime, 'after' | 'monotonic'>): Wheel {
  const heads = new Array<Lapsing | undefined>(SLOTS).fill(undefined);
  let size = 0;
  let armedFor = Number.POSITIVE_INFINITY;
  let cancel: Cancel | undefined;
  let rangMs = runtime.monotonic();

  const unlink = (entry: Lapsing): void => {
    const { previous, next } = entry;
    if (previous) previous.next = next;
    else heads[entry.slot] = next;
    if (next) next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.slot = ABSENT;
    size -= 1;
  };

  const arm = (dueMs: number, nowMs: number): void => {
    if (dueMs >= armedFor) return;
    cancel?.();
    armedFor = dueMs;
    cancel = runtime.after(Math.max(0, dueMs - nowMs), ring);
  };

  /** The earliest of what will ring in this round; if all is later, the earliest there is. */
  const earliest = (nowMs: number): number => {
    let found = Number.POSITIVE_INFINITY;
    const first = Math.floor(nowMs / GRAIN_MS);
    for (let turn = first; turn < first + SLOTS; turn += 1) {
      for (let entry = heads[turn & (SLOTS - 1)]; entry; entry = entry.next)
        if (entry.dueMs < found) found = entry.dueMs;
      if (found < (turn + 1) * GRAIN_MS) break;
    }
    return found;
  };

  /** Off the wheel go all whose time has come, the earliest first. */
  const due = (nowMs: number): Lapsing[] => {
    const found: Lapsing[] = [];
    const from = Math.floor(Math.min(rangMs, nowMs) / GRAIN_MS);
    const to = Math.min(Math.floor((nowMs + HAIR_MS) / GRAIN_MS), from + SLOTS - 1);
    for (let turn = from; turn <= to; turn += 1)
      for (let entry = heads[turn & (SLOTS - 1)]; entry; ) {
        const { next } = entry;
        if (entry.dueMs <= nowMs + HAIR_MS) found.push(entry);
        entry = next;
      }
    return found.sort((a, b) => a.dueMs - b.dueMs);
  };

  const ring = (): void => {
    const nowMs = runtime.monotonic();
    armedFor = Number.POSITIVE_INFINITY;
    cancel = undefined;
    const lapsed = due(nowMs);
    rangMs = nowMs;
    for (const entry of lapsed) {
      if (entry.slot === ABSENT || entry.dueMs > nowMs + HAIR_MS) continue; // one before it took it off
      unlink(entry);
      entry.lapse(Math.max(nowMs, entry.dueMs));
    }
    const nextMs = size > 0 ? earliest(nowMs) : Number.POSITIVE_INFINITY;
    if (nextMs < Number.POSITIVE_INFINITY) arm(nextMs, nowMs);
  };

  return {
    add(entry, dueMs, nowMs) {
      const slot = slotOf(Math.max(dueMs, rangMs)); // what is late already must be met too
      const head = heads[slot];
      entry.dueMs = dueMs;
      entry.slot = slot;
      entry.previous = undefined;
      entry.next = head;
      if (head) head.previous = entry;
      heads[slot] = entry;
      size += 1;
      if (dueMs < armedFor) arm(dueMs, nowMs);
    },
    remove(entry) {
      if (entry.slot !== ABSENT) unlink(entry);
    },
    get size() {
      return size;
    },
  };
}
