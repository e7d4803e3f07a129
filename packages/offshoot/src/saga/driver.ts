// Which sagas are carried now, and which wait for their turn or their time?
import type { Runtime } from '../runtime/index.ts';
import { type DueHeap, dueHeap } from './due-heap.ts';

/** Sagas of one service that are carried at the same time. */
export const DRIVEN_MAX = 512;
/** Ids in line; what is over waits in the store alone, until the line is short. */
export const LINE_MAX = 100_000;
/** A clock that was set is noticed after this at the latest. */
const LOOK_MS_MAX = 60_000;

export interface DriverOptions {
  readonly runtime: Runtime;
  /**
   * Carries a saga on as far as it goes now. Resolves with the time, milliseconds since 1970,
   * when it is to be carried again, or undefined when only a wake brings it back. Never rejects.
   */
  readonly carry: (id: string) => Promise<number | undefined>;
  /** How many sagas of a group are carried at once. @default as many as there is room for */
  readonly limitOf: (group: string) => number | undefined;
  /** Wakes again whatever is open: ids were left out while the line was full. */
  readonly refill: () => void;
}

/**
 * Carries at most 512 sagas at once, and of each group at most its limit. The others stand in
 * line, first come first served within a group, groups by turns; who waits for a time stands in
 * no one's way, and goes to the end of the line when it has come.
 */
export interface Driver {
  wake(id: string, group: string): void;
  /** Carried, in line, or waiting for a time. */
  readonly size: number;
  stop(): void;
}

interface Group {
  readonly name: string;
  readonly limit: number;
  carried: number;
  line: string[];
  /** Index of the first in line: taking it off moves nothing. */
  first: number;
}

const COMPACT_AT = 1_024;

function takeFirst(group: Group): string {
  const id = group.line[group.first]!;
  group.first += 1;
  if (group.first >= COMPACT_AT && group.first * 2 >= group.line.length) {
    group.line = group.line.slice(group.first);
    group.first = 0;
  }
  return id;
}

export function driver({ runtime, carry, limitOf, refill }: DriverOptions): Driver {
  const groups: Group[] = [];
  const carried = new Map<string, { group: Group; again: boolean }>();
  const lined = new Set<string>();
  const parked: DueHeap = dueHeap();
  let turn = 0;
  let spilled = false;
  let stopped = false;
  let cancelAlarm = (): void => {};
  let alarmAt = Number.POSITIVE_INFINITY;

  const groupOf = (name: string): Group => {
    const known = groups.find((one) => one.name === name);
    if (known) return known;
    const limit = limitOf(name) ?? DRIVEN_MAX;
    const made: Group = { name, limit, carried: 0, line: [], first: 0 };
    groups.push(made);
    return made;
  };

  /** The next group, by turns, that has somebody in line and room. */
  const nextGroup = (): Group | undefined => {
    for (let step = 0; step < groups.length; step += 1) {
      const group = groups[(turn + step) % groups.length]!;
      if (group.first >= group.line.length || group.carried >= group.limit) continue;
      turn = (turn + step + 1) % groups.length;
      return group;
    }
    return undefined;
  };

  const fill = (): void => {
    while (!stopped && carried.size < DRIVEN_MAX) {
      const group = nextGroup();
      if (!group) break;
      const id = takeFirst(group);
      lined.delete(id);
      start(id, group);
    }
    if (spilled && lined.size < LINE_MAX / 2) {
      spilled = false;
      refill();
    }
  };

  const start = (id: string, group: Group): void => {
    const place = { group, again: false };
    carried.set(id, place);
    group.carried += 1;
    const leave = (due: number | undefined) => {
      carried.delete(id);
      group.carried -= 1;
      if (place.again) wake(id, group.name);
      else if (due !== undefined && !stopped) park(id, group.name, due);
      fill();
    };
    carry(id).then(leave, () => leave(undefined));
  };

  const park = (id: string, group: string, due: number): void => {
    parked.put(id, group, due);
    arm();
  };

  const arm = (): void => {
    const due = parked.first();
    if (due === undefined || due >= alarmAt) return;
    cancelAlarm();
    alarmAt = due;
    const ms = Math.min(Math.max(0, due - runtime.now()), LOOK_MS_MAX);
    cancelAlarm = runtime.after(ms, () => {
      alarmAt = Number.POSITIVE_INFINITY;
      for (const { id, group } of parked.take(runtime.now())) wake(id, group);
      arm();
    });
  };

  const wake = (id: string, name: string): void => {
    if (stopped || lined.has(id)) return;
    const place = carried.get(id);
    if (place) {
      place.again = true;
      return;
    }
    parked.remove(id);
    if (lined.size >= LINE_MAX) {
      spilled = true;
      return;
    }
    lined.add(id);
    groupOf(name).line.push(id);
    fill();
  };

  return {
    wake,
    get size() {
      return carried.size + lined.size + parked.size;
    },
    stop() {
      stopped = true;
      cancelAlarm();
    },
  };
}
