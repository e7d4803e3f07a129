// How fast do our sagas go, from the call that starts one to its durable end?
import type { Contender } from '../contender.ts';
import { caller } from '../offshoot/call.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { hotelService, trips, tripsService } from './trip.ts';

/** The end is heard as anybody would: the event of the saga's last commit, after its flush. */
export const sagaContender = (name: string, folder?: () => Promise<string>): Contender => ({
  name,
  async open() {
    const system = await oneProcess([tripsService, hotelService], await folder?.());
    const call = caller(system);
    const waiting = new Map<string, () => void>();
    const store = system.store('trips');
    const round = system.runtime.id();
    let cursor = store.head();
    let ends = 0;
    const unsubscribe = store.onDurable(() => {
      const page = store.readLog(cursor, 10_000, 'public');
      if (page instanceof Promise) throw new Error('an embedded store answers at once');
      cursor = page.upto;
      ends += page.entries.length;
      for (const { key } of page.entries) {
        waiting.get(key)?.();
        waiting.delete(key);
      }
    });
    return {
      async run(index) {
        const tripId = system.runtime.id();
        const ended = new Promise<void>((resolve) => waiting.set(tripId, resolve));
        await call(trips.start, { tripId }, `trip-${round}-${index}`);
        await ended;
      },
      async check(runs) {
        if (ends !== runs) throw new Error(`${ends} ends of ${runs} sagas`);
      },
      async close() {
        unsubscribe();
        await system.close();
      },
    };
  },
});

export const offshootSaga = sagaContender('Offshoot, SQLite FULL');
