// How fast do our sagas go, from the call that starts one to its durable end?
import type { Contender } from '../contender.ts';
import { caller } from '../offshoot/call.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { hotelService, trips, tripsService } from './trip.ts';

/** The end is heard as anybody would: the event of the saga's last commit, after its flush. */
export const offshootSaga: Contender = {
  name: 'Offshoot, SQLite FULL',
  async open() {
    const system = await oneProcess([tripsService, hotelService]);
    const call = caller(system);
    const waiting = new Map<string, () => void>();
    const store = system.store('trips');
    let cursor = store.head();
    const unsubscribe = store.onDurable(() => {
      const page = store.readLog(cursor, 10_000, 'public');
      if (page instanceof Promise) throw new Error('an embedded store answers at once');
      cursor = page.upto;
      for (const { key } of page.entries) {
        waiting.get(key)?.();
        waiting.delete(key);
      }
    });
    return {
      async run(index) {
        const tripId = system.runtime.id();
        const ended = new Promise<void>((resolve) => waiting.set(tripId, resolve));
        await call(trips.start, { tripId }, `trip-${index}`);
        await ended;
      },
      async check(runs) {
        const { entries } = await store.readLog({ epoch: 1, seq: 0 }, 10_000_000, 'public');
        if (entries.length !== runs) throw new Error(`${entries.length} ends of ${runs} sagas`);
      },
      async close() {
        unsubscribe();
        await system.close();
      },
    };
  },
};
