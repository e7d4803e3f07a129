// Does the embedded count keep the promises of the port, and would a broken one be found?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import {
  failures,
  type LimitStoreUnderTest,
  limitStoreConformance,
  manualRuntime,
} from '../testing/index.ts';
import { embeddedLimitStore, type LimitStore, limiter } from './index.ts';

type Spoil = (store: LimitStore) => LimitStore;

function subject(spoil: Spoil = (store) => store, one = true): LimitStoreUnderTest {
  return {
    features: { canBeAway: true, sharersMsMax: 100 },
    async open() {
      const runtime = manualRuntime();
      const clock = () => runtime.monotonic();
      const connect = embeddedLimitStore(limiter({ clock }));
      let isAway = false;
      return {
        runtime,
        async connect() {
          const counted = one ? connect() : embeddedLimitStore(limiter({ clock }))();
          const store = spoil(counted);
          return {
            async take(key, quota) {
              if (isAway) throw new OffshootError('UNAVAILABLE', 'away');
              return store.take(key, quota);
            },
            get sharers() {
              return store.sharers;
            },
            close: store.close,
          };
        },
        pass: runtime.advance,
        away: async () => {
          isAway = true;
        },
        back: async () => {
          isAway = false;
        },
        close: async () => {},
      };
    },
  };
}

for (const { name, run } of limitStoreConformance('embedded', subject())) test(name, run);

test('a count that each keeps for himself is found', async () => {
  const broken = await failures(limitStoreConformance('own', subject(undefined, false)));
  assert.ok(broken.some((name) => name.includes('exactly one limit')));
  assert.ok(broken.some((name) => name.includes('knows how many count here')));
});

test('one that lets everybody pass, or never gives back, is found', async () => {
  const open: Spoil = (store) => ({
    ...store,
    sharers: store.sharers,
    take: async () => ({ isAllowed: true, remaining: 1, waitMs: 1 }),
  });
  const closed: Spoil = (store) => ({
    ...store,
    sharers: store.sharers,
    take: (key, { max }) => store.take(key, { max, windowMs: 10_000_000 }),
  });
  for (const spoil of [open, closed])
    assert.ok((await failures(limitStoreConformance('spoilt', subject(spoil)))).length >= 3);
});
