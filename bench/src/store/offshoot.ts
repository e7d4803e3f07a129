// How fast does our store append with an expected version, and fold streams of 100 events?
import { append, privateEvent, type Store, streamOf } from 'offshoot/store';
import type { Contender, Opened } from '../contender.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { hotelService } from '../saga/trip.ts';
import { APPENDS_A_STREAM, deposited, EVENTS_A_STREAM, folded, STREAMS } from './account.ts';

const stampOf = () => ({
  ...{ at: Date.now(), actor: 'user:bench', tenant: '', correlation: 'bench' },
  ...{ causation: 'bench', traceparent: '' },
});

async function opened(
  each: (store: Store, id: () => string) => Opened['run'] | Promise<Opened['run']>,
) {
  const system = await oneProcess([hotelService]);
  const store = system.store('hotel');
  return { run: await each(store, system.runtime.id), close: system.close };
}

/** Streams of ten events, each appended at the version that the one before left. */
export const offshootAppend: Contender = {
  name: 'Offshoot, SQLite FULL, append',
  open: () =>
    opened((store, id) => {
      const free: { name: string; version: number }[] = [];
      return async () => {
        const stream = free.pop() ?? { name: `account/${id()}`, version: 0 };
        const events = [privateEvent('account.deposited', deposited(stream.version))];
        const appends = [append(stream.name, events, stream.version)];
        await store.stage({ appends, documents: [], stamp: stampOf() }, store.failures);
        stream.version += 1;
        if (stream.version < APPENDS_A_STREAM) free.push(stream);
      };
    }),
};

/** Reads one of many streams and folds it to its balance. */
export const offshootRehydrate: Contender = {
  name: 'Offshoot, SQLite FULL, rehydrate',
  open: () =>
    opened(async (store) => {
      const events = Array.from({ length: EVENTS_A_STREAM }, (_, index) =>
        privateEvent('account.deposited', deposited(index)),
      );
      for (let stream = 0; stream < STREAMS; stream += 1) {
        const appends = [append(`account/${stream}`, events, 0)];
        await store.stage({ appends, documents: [], stamp: stampOf() }, store.failures);
      }
      return async (index) => {
        const read = await store.load(streamOf(`account/${index % STREAMS}`));
        folded(read.events.map(({ data }) => data));
      };
    }),
};
