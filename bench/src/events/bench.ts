// Who gets an event from its producer to its handler's effect fastest, once in effect?
import type { Bench } from '../contender.ts';
import { POSTGRES, SQLITE } from '../offshoot/stores.ts';
import { peer } from '../peer.ts';
import { offshootEvents } from './offshoot.ts';

const peers = './peers'; // by a variable: see the saga bench
const queues = () => import(`${peers}/queues.ts`);
const single = offshootEvents(SQLITE, 1);
const batch = offshootEvents(SQLITE, 100);
const postgresSingle = offshootEvents(POSTGRES, 1);
const postgresBatch = offshootEvents(POSTGRES, 100);
const bullmq = peer('BullMQ, Redis appendfsync always', async () => (await queues()).bullmq);
const pgBoss = peer('pg-boss, PostgreSQL', async () => (await queues()).pgBoss);
const graphile = peer('graphile-worker, PostgreSQL', async () => (await queues()).graphileWorker);

export const bench: Bench = {
  title: 'From publishing to the durable effect of a handler',
  contenders: [single, batch, postgresSingle, postgresBatch, bullmq, pgBoss, graphile],
  inFlight: [256],
  figures: [
    { key: 'deliveryPostgresPerSecond', of: 'perSecond', contender: postgresBatch, inFlight: 256 },
    {
      ...{ key: 'deliverySinglePostgresPerSecond', of: 'perSecond' },
      ...{ contender: postgresSingle, inFlight: 256 },
    },
  ],
  ratios: [
    {
      key: 'deliverySqliteVsBestPeer',
      ours: single,
      theirs: [bullmq, pgBoss, graphile],
      inFlight: 256,
    },
  ],
};
