// How fast does our store append with an expected version, and fold streams of 100 events?
import { append, privateEvent, type Store, streamOf } from 'offshoot/store';
import type { Contender, Opened } from '../contender.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import type { StoreKind } from '../offshoot/stores.ts';
import { hotelService } from '../saga/trip.ts';
import { APPENDS_A_STREAM, deposited, EVENTS_A_STREAM, folded, STREAMS } from './account.ts';

const stampOf = () => ({
  ...{ at: Date.now(), actor: 'user:bench', tenant: '', correlation: 'bench' },
  ...{ causation: 'bench', traceparent: '' },
});

async function opened(
  kind: StoreKind,
  each: (store: Store, id: () => string) => Opened['run'] | Promise<Opened['run']>,
) {
  const room = await kind.room();
  if ('missing' in room) return room;
  const system = await oneProcess([hotelService], undefined, room);
  const store = system.store('hotel');
  return { run: await each(store, system.runtime.id), close: system.close };
}

/** Streams of ten events, each appended at the version that the one before left. */
export const offshootAppend = (kind: StoreKind): Contender => ({
  name: `Offshoot, ${kind.name}, append`,
  open: () =>
    opened(kind, (store, id) => {
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
});

/** Reads one of many streams and folds it to its balance. */
export const offshootRehydrate = (kind: StoreKind): Contender => ({
  name: `Offshoot, ${kind.name}, rehydrate`,
  open: () =>
    opened(kind, async (store) => {
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
});
