// Who appends events with an expected version fastest, and who folds streams fastest?
import type { Bench, Contender, Ratio } from '../contender.ts';
import { POSTGRES, SQLITE } from '../offshoot/stores.ts';
import { peer } from '../peer.ts';
import { offshootAppend, offshootRehydrate } from './offshoot.ts';

const peers = './peers'; // by a variable: see the saga bench
const emmett = () => import(`${peers}/emmett.ts`);
const emmettAppend = peer('Emmett, PostgreSQL, append', async () => (await emmett()).emmettAppend);
const emmettRehydrate = peer(
  'Emmett, PostgreSQL, rehydrate',
  async () => (await emmett()).emmettRehydrate,
);

const [sqliteAppend, sqliteRehydrate] = [offshootAppend(SQLITE), offshootRehydrate(SQLITE)];
const [postgresAppend, postgresRehydrate] = [offshootAppend(POSTGRES), offshootRehydrate(POSTGRES)];
const versus = (key: string, ours: Contender, theirs: Contender): Ratio => ({
  ...{ key, ours, theirs: [theirs], inFlight: 32 },
});

export const bench: Bench = {
  title: 'Appends of one event with expected version; streams of 100 events read and folded',
  contenders: [
    ...[sqliteAppend, postgresAppend, emmettAppend],
    ...[sqliteRehydrate, postgresRehydrate, emmettRehydrate],
  ],
  inFlight: [1, 32],
  ratios: [
    versus('appendSqliteVsEmmett', sqliteAppend, emmettAppend),
    versus('rehydrateSqliteVsEmmett', sqliteRehydrate, emmettRehydrate),
    versus('appendPostgresVsEmmett', postgresAppend, emmettAppend),
    versus('rehydratePostgresVsEmmett', postgresRehydrate, emmettRehydrate),
  ],
};
