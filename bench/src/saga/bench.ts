// Who carries a saga of three steps fastest?
import type { Bench } from '../contender.ts';
import { peer } from '../peer.ts';
import { postgresSaga, sqliteSaga } from './offshoot.ts';

// By a variable: without its package installed a peer is no part of the type check.
const peers = './peers';
const dbos = peer('DBOS, PostgreSQL', async () => (await import(`${peers}/dbos.ts`)).dbosSaga);
const restate = peer(
  'Restate, single node',
  async () => (await import(`${peers}/restate.ts`)).restateSaga,
);

export const bench: Bench = {
  title: 'A saga of three steps that do nothing, every step durable before the next',
  contenders: [sqliteSaga, postgresSaga, dbos, restate],
  inFlight: [1, 128],
  ratios: [
    { key: 'sagaSqliteVsDbos', ours: sqliteSaga, theirs: [dbos], inFlight: 128 },
    { key: 'sagaSqliteVsRestate', ours: sqliteSaga, theirs: [restate], inFlight: 128 },
    { key: 'sagaSerialSqliteVsDbos', ours: sqliteSaga, theirs: [dbos], inFlight: 1 },
    { key: 'sagaPostgresVsDbos', ours: postgresSaga, theirs: [dbos], inFlight: 128 },
    { key: 'sagaPostgresVsRestate', ours: postgresSaga, theirs: [restate], inFlight: 128 },
    { key: 'sagaSerialPostgresVsDbos', ours: postgresSaga, theirs: [dbos], inFlight: 1 },
  ],
};
