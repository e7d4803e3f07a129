// How fast do our sagas go, from the call that starts one to its durable end?
import type { Contender } from '../contender.ts';
import { caller } from '../offshoot/call.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { POSTGRES, SQLITE, type StoreKind } from '../offshoot/stores.ts';
import { hotelService, trips, tripsService } from './trip.ts';

/** The end is heard as anybody would: the event of the saga's last commit, after its flush. */
export const sagaContender = (
  name: string,
  kind: StoreKind,
  folder?: () => Promise<string>,
): Contender => ({
  name,
  async open() {
    const room = await kind.room();
    if ('missing' in room) return room;
    const system = await oneProcess([tripsService, hotelService], await folder?.(), room);
    const call = caller(system);
    const waiting = new Map<string, () => void>();
    const store = system.store('trips');
    const round = system.runtime.id();
    let cursor = store.head();
    let ends = 0;
    let reading = false;
    const ended = (key: string) => {
      ends += 1;
      waiting.get(key)?.();
      waiting.delete(key);
    };
    const read = async () => {
      while (!reading && cursor.seq < store.head().seq) {
        reading = true;
        const { entries, upto } = await store.readLog(cursor, 10_000, 'public');
        reading = false;
        cursor = upto;
        for (const { key } of entries) ended(key);
      }
    };
    const unsubscribe = store.onDurable(() => void read());
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

export const sqliteSaga = sagaContender('Offshoot, SQLite FULL', SQLITE);
export const postgresSaga = sagaContender('Offshoot, PostgreSQL', POSTGRES);
