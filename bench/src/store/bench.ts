// Who appends events with an expected version fastest, and who folds streams fastest?
import type { Bench } from '../contender.ts';
import { peer } from '../peer.ts';
import { offshootAppend, offshootRehydrate } from './offshoot.ts';

const peers = './peers'; // by a variable: see the saga bench
const emmett = () => import(`${peers}/emmett.ts`);
const emmettAppend = peer('Emmett, PostgreSQL, append', async () => (await emmett()).emmettAppend);
const emmettRehydrate = peer(
  'Emmett, PostgreSQL, rehydrate',
  async () => (await emmett()).emmettRehydrate,
);

export const bench: Bench = {
  title: 'Appends of one event with expected version; streams of 100 events read and folded',
  contenders: [offshootAppend, emmettAppend, offshootRehydrate, emmettRehydrate],
  inFlight: [1, 32],
  ratios: [
    { key: 'appendSqliteVsEmmett', ours: offshootAppend, theirs: [emmettAppend], inFlight: 32 },
    {
      key: 'rehydrateSqliteVsEmmett',
      ours: offshootRehydrate,
      theirs: [emmettRehydrate],
      inFlight: 32,
    },
  ],
};
