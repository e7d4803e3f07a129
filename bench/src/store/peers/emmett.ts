// The same appends and folds with Emmett on PostgreSQL.
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import type { Contender, Opened } from '../../contender.ts';
import { freshDatabase, NO_POSTGRES } from '../../servers/postgres.ts';
import { APPENDS_A_STREAM, deposited, EVENTS_A_STREAM, STREAMS } from '../account.ts';

type Account = ReturnType<typeof getPostgreSQLEventStore>;

async function opened(each: (store: Account) => Opened['run'] | Promise<Opened['run']>) {
  const url = await freshDatabase('emmett');
  if (!url) return { missing: NO_POSTGRES };
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  return { run: await each(store), close: () => store.close() };
}

const event = (index: number) => ({ type: 'deposited', data: deposited(index) });

export const emmettAppend: Contender = {
  name: 'Emmett, PostgreSQL, append',
  open: () =>
    opened((store) => {
      const free: { name: string; version: bigint }[] = [];
      let next = 0;
      return async () => {
        const stream = free.pop() ?? { name: `account-${next++}`, version: 0n };
        const { version, name } = stream;
        const expectedStreamVersion = version === 0n ? 'STREAM_DOES_NOT_EXIST' : version;
        await store.appendToStream(name, [event(Number(version))], { expectedStreamVersion });
        stream.version += 1n;
        if (stream.version < APPENDS_A_STREAM) free.push(stream);
      };
    }),
};

export const emmettRehydrate: Contender = {
  name: 'Emmett, PostgreSQL, rehydrate',
  open: () =>
    opened(async (store) => {
      const events = Array.from({ length: EVENTS_A_STREAM }, (_, index) => event(index));
      for (let stream = 0; stream < STREAMS; stream += 1)
        await store.appendToStream(`account-${stream}`, events);
      return async (index) => {
        const { state } = await store.aggregateStream(`account-${index % STREAMS}`, {
          initialState: () => 0,
          evolve: (sum: number, { data }: { data: { amount: number } }) => sum + data.amount,
        });
        if (state !== (EVENTS_A_STREAM * (EVENTS_A_STREAM + 1)) / 2)
          throw new Error(`the balance is ${state}`);
      };
    }),
};
