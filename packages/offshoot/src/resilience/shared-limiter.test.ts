import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OffshootError } from '../error/index.ts';
import { manualRuntime } from '../testing/index.ts';
import {
  embeddedLimitStore,
  gcra,
  type LimitStore,
  limiter,
  sharedLimiter,
  shareOf,
} from './index.ts';

const QUOTA = { windowMs: 60_000, max: 30 };

/** Several gateways on one store that can be put away or be made to hang. */
function cluster(gateways: number, sharersMin = 1) {
  const runtime = manualRuntime();
  const connect = embeddedLimitStore(limiter({ clock: () => runtime.monotonic() }));
  const state: { is: 'there' | 'away' | 'slow' } = { is: 'there' };
  const asked = { times: 0 };
  const unruly = (store: LimitStore): LimitStore => ({
    take(key, quota) {
      asked.times += 1;
      if (state.is === 'away') return Promise.reject(new OffshootError('UNAVAILABLE', 'away'));
      if (state.is === 'slow') return new Promise(() => {});
      return store.take(key, quota);
    },
    get sharers() {
      return store.sharers;
    },
    close: store.close,
  });
  const all = Array.from({ length: gateways }, () =>
    sharedLimiter({ runtime, store: unruly(connect()), sharersMin }),
  );
  /** How many of `tries` at each gateway pass. */
  const passed = async (tries: number, key = 'ada', quota = QUOTA): Promise<number> => {
    const verdicts = all.flatMap((one) =>
      Array.from({ length: tries }, () => one.take(key, quota)),
    );
    await runtime.advance(60);
    return (await Promise.all(verdicts)).filter(({ isAllowed }) => isAllowed).length;
  };
  return { runtime, all, state, asked, passed };
}

test('three gateways on one store admit one limit', async () => {
  const { passed } = cluster(3);
  assert.equal(await passed(50), 30);
  assert.equal(await passed(50), 0);
});

test('with the store away each admits its share, and together never more than the limit', async () => {
  for (const how of ['away', 'slow'] as const) {
    const { passed, state, all } = cluster(3);
    state.is = how;
    assert.equal(await passed(50), 30, how);
    assert.ok(all.every(({ isAlone }) => isAlone));
    assert.equal(await passed(50), 0, how);
  }
});

test('an outage gives nobody a fresh quota', async () => {
  const { passed, state } = cluster(3);
  assert.equal(await passed(10), 30);
  state.is = 'away';
  assert.equal(await passed(50), 0);
});

test('a store that hangs is not waited for by everybody, and is asked again when it is back', async () => {
  const { runtime, passed, state, asked, all } = cluster(1);
  state.is = 'slow';
  await passed(5);
  const before = asked.times;
  for (let call = 0; call < 100; call += 1) await all[0]!.take(`k${call}`, QUOTA);
  assert.equal(asked.times, before, 'nobody asks, and nobody waits');
  state.is = 'there';
  await runtime.advance(3_000);
  await all[0]!.take('probe', QUOTA);
  assert.equal(all[0]!.isAlone, false);
});

test('who never heard of the others takes the share it was told', async () => {
  const { passed, state } = cluster(1, 3);
  state.is = 'away';
  assert.equal(await passed(50), 10);
});

test('shares together are never more than the quota in the long run', () => {
  const numbers = fc.record({
    max: fc.integer({ min: 1, max: 1_000 }),
    windowMs: fc.integer({ min: 1, max: 900_000 }),
    sharers: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(numbers, ({ sharers, ...quota }) => {
      const share = shareOf(quota, sharers);
      const rate = (share.max / share.windowMs) * sharers;
      assert.ok(rate <= (quota.max / quota.windowMs) * (1 + 1e-9));
      assert.ok(share.max >= 1 && share.max * sharers <= Math.max(quota.max, sharers));
    }),
  );
});

test('a key whose quota becomes another is neither let in nor shut out for it', () => {
  let now = 1_000_000;
  const calls = gcra({ clock: () => now });
  for (let call = 0; call < 90; call += 1) calls.take('k', { windowMs: 60_000, max: 90 });
  assert.equal(calls.take('k', { windowMs: 60_000, max: 30 }).isAllowed, false);
  now += 2_000;
  assert.equal(calls.take('k', { windowMs: 60_000, max: 30 }).isAllowed, true);
});
