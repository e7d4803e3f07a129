// Does a limit in Redis keep the promises of the port on a real server?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime, type LimitStore } from 'offshoot/resilience';
import { nodeRuntime } from 'offshoot/runtime/node';
import { cutOff, type LimitStoreUnderTest, limitStoreConformance } from 'offshoot/testing';
import { redisLimits } from './redis-limits.ts';

const REDIS_URL = process.env.REDIS_URL ?? '';
const runtime = nodeRuntime();
const READY_MS_MAX = 5_000;

/** Resolves when it decides. */
async function ready(store: LimitStore): Promise<LimitStore> {
  const decides = async (): Promise<void> => {
    for (;;) {
      const answered = await store
        .take('ready', { windowMs: 1, max: 1_000 })
        .catch(() => undefined);
      if (answered) return;
      await runtime.sleep(5);
    }
  };
  await inTime(runtime, READY_MS_MAX, 'Redis', decides);
  return store;
}

const subject: LimitStoreUnderTest = {
  features: { canBeAway: true, sharersMsMax: 3_000 },
  async open() {
    const wire = await cutOff(REDIS_URL);
    const opened: LimitStore[] = [];
    const prefix = `t:${runtime.id()}:`;
    return {
      runtime,
      pass: (ms) => runtime.sleep(ms),
      async connect() {
        const url = wire.url.replace('http:', 'redis:');
        const store = redisLimits({ runtime, url, prefix, announceMs: 500 });
        opened.push(store);
        return ready(store);
      },
      away: wire.cut,
      back: wire.mend,
      async close() {
        for (const store of opened) await store.close();
        await wire.close();
      },
    };
  },
};

for (const { name, run } of limitStoreConformance('redis', subject)) test(name, run);

test('keys are gone when their quota is whole again', async () => {
  const prefix = `t:${runtime.id()}:`;
  const store = await ready(redisLimits({ runtime, url: REDIS_URL, prefix }));
  const { createClient } = await import('@redis/client');
  const look = createClient({ url: REDIS_URL });
  await look.connect();
  for (const window of ['sliding', 'fixed'] as const)
    await store.take('k', { windowMs: 300, max: 3, window });
  assert.equal((await look.keys(`${prefix}?:k`)).length, 2);
  await runtime.sleep(320);
  assert.deepEqual(await look.keys(`${prefix}?:k`), []);
  await store.close();
  look.destroy();
});
