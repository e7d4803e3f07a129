// The same way from a producer to a handler's end with the job queues that people use for it.
import { Queue, Worker } from 'bullmq';
import { run as graphile } from 'graphile-worker';
import { PgBoss } from 'pg-boss';
import type { Contender } from '../../contender.ts';
import { freshDatabase, NO_POSTGRES } from '../../servers/postgres.ts';
import { NO_REDIS, redis } from '../../servers/redis.ts';

const AT_ONCE = 50;

/** Jobs by id, and who waits for their end. */
function waitingRoom() {
  const waiting = new Map<string, () => void>();
  return {
    until: (id: string) => new Promise<void>((resolve) => waiting.set(id, resolve)),
    done(id: string): void {
      waiting.get(id)?.();
      waiting.delete(id);
    },
  };
}

export const bullmq: Contender = {
  name: 'BullMQ, Redis appendfsync always',
  async open() {
    const url = await redis();
    if (!url) return { missing: NO_REDIS };
    const { hostname: host, port } = new URL(url);
    const connection = { host, port: Number(port), maxRetriesPerRequest: null };
    const name = `payments-${Date.now()}`;
    const queue = new Queue(name, { connection });
    const room = waitingRoom();
    const worker = new Worker(name, async () => {}, { connection, concurrency: AT_ONCE });
    worker.on('completed', (job) => room.done(job.name));
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    return {
      async run(index) {
        const ended = room.until(`pay-${index}`);
        await queue.add(`pay-${index}`, { account: `account-${index % 1_000}`, amount: 1 });
        await ended;
      },
      async close() {
        await worker.close();
        await queue.close();
      },
    };
  },
};

export const pgBoss: Contender = {
  name: 'pg-boss, PostgreSQL',
  async open() {
    const url = await freshDatabase('pgboss');
    if (!url) return { missing: NO_POSTGRES };
    const boss = new PgBoss(url);
    boss.on('error', () => {});
    await boss.start();
    await boss.createQueue('payments');
    const room = waitingRoom();
    const options = { batchSize: 100, pollingIntervalSeconds: 0.5 };
    await boss.work('payments', options, async (jobs: { data: { index: number } }[]) => {
      for (const { data } of jobs) room.done(`pay-${data.index}`);
    });
    return {
      async run(index) {
        const ended = room.until(`pay-${index}`);
        await boss.send('payments', { index, amount: 1 });
        await ended;
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
};

export const graphileWorker: Contender = {
  name: 'graphile-worker, PostgreSQL',
  async open() {
    const connectionString = await freshDatabase('graphile');
    if (!connectionString) return { missing: NO_POSTGRES };
    const room = waitingRoom();
    const quiet = { error() {}, warn() {}, info() {}, debug() {} };
    const { Logger } = await import('graphile-worker');
    const runner = await graphile({
      ...{ connectionString, concurrency: 10, noHandleSignals: true, pollInterval: 500 },
      logger: new Logger(() => (level) => quiet[level === 'warning' ? 'warn' : 'debug']()),
      taskList: {
        pay: async (payload) => room.done(`pay-${(payload as { index: number }).index}`),
      },
    });
    return {
      async run(index) {
        const ended = room.until(`pay-${index}`);
        await runner.addJob('pay', { index, amount: 1 });
        await ended;
      },
      close: () => runner.stop(),
    };
  },
};
