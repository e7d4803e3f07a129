// Is a limit one limit, whoever asks for it, and does it come back as its window says?
import assert from 'node:assert/strict';
import { isAvailability } from '../error/index.ts';
import { type LimitStore, type Quota, sharedLimiter, type Verdict } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Check } from './check.ts';

/** A count of its own for one check. */
export interface RunningLimits {
  /** Of those who ask. */
  readonly runtime: Runtime;
  /** One more that counts there, as another process would. */
  connect(): Promise<LimitStore>;
  /** Lets so much time go by, for the store and for those who ask. */
  pass(ms: number): Promise<void>;
  /** It cannot be reached, until `back`. Left out where it always can. */
  away?(): Promise<void>;
  back?(): Promise<void>;
  close(): Promise<void>;
}

export interface LimitStoreUnderTest {
  readonly features: {
    /** Whether this test can put it out of reach. */
    readonly canBeAway: boolean;
    /** From a change to the moment in which all know how many they are, milliseconds. */
    readonly sharersMsMax: number;
  };
  open(): Promise<RunningLimits>;
}

const BACK_MS_MAX = 10_000;
const STEP_MS = 50;

const passed = (verdicts: readonly Verdict[]): number =>
  verdicts.filter(({ isAllowed }) => isAllowed).length;

async function burst(stores: readonly LimitStore[], each: number, key: string, quota: Quota) {
  const asked = stores.flatMap((store) =>
    Array.from({ length: each }, () => store.take(key, quota)),
  );
  return passed(await Promise.all(asked));
}

/** Waits in the store's time. */
async function until({ pass }: RunningLimits, msMax: number, is: () => Promise<boolean> | boolean) {
  for (let ms = 0; !(await is()); ms += STEP_MS) {
    assert.ok(ms <= msMax, `not so after ${msMax} ms`);
    await pass(STEP_MS);
  }
}

async function three(it: RunningLimits): Promise<LimitStore[]> {
  return [await it.connect(), await it.connect(), await it.connect()];
}

type Body = (it: RunningLimits, features: LimitStoreUnderTest['features']) => Promise<void>;

const oneLimit: Body = async (it) => {
  const all = await three(it);
  const numbers = [
    [7, 60_000],
    [100, 900_000],
    [3, 10_000],
  ] as const;
  for (const [max, windowMs] of numbers)
    for (const window of ['sliding', 'fixed'] as const)
      assert.equal(await burst(all, max, `k${max}`, { windowMs, max, window }), max, window);
};

const remaining: Body = async (it) => {
  const store = await it.connect();
  const quota = { windowMs: 600_000, max: 4 };
  for (const window of ['sliding', 'fixed'] as const) {
    const seen: number[] = [];
    for (let call = 0; call < 5; call += 1)
      seen.push((await store.take('k', { ...quota, window })).remaining);
    assert.deepEqual(seen, [3, 2, 1, 0, 0], window);
  }
};

const keysApart: Body = async (it) => {
  const store = await it.connect();
  const quota = { windowMs: 600_000, max: 2 };
  assert.equal(await burst([store], 3, 'a', quota), 2);
  assert.equal(await burst([store], 3, 'b', quota), 2);
  assert.equal(await burst([store], 3, 'a é " \u0000', quota), 2);
};

const oneByOne: Body = async (it) => {
  const store = await it.connect();
  const quota = { windowMs: 2_000, max: 4 };
  assert.equal(await burst([store], 8, 'k', quota), 4);
  const { waitMs } = await store.take('k', quota);
  assert.ok(waitMs > 0 && waitMs <= 500, String(waitMs));
  await it.pass(waitMs + 1);
  const again = await burst([store], 4, 'k', quota);
  assert.ok(again >= 1 && again < 4, `${again} after a quarter of the window`);
  await it.pass(2_001);
  assert.equal(await burst([store], 8, 'k', quota), 4);
};

const allAtOnce: Body = async (it) => {
  const store = await it.connect();
  const quota = { windowMs: 1_000, max: 5, window: 'fixed' } as const;
  const first = await store.take('k', quota);
  assert.ok(first.waitMs > 900 && first.waitMs <= 1_000);
  assert.equal(await burst([store], 8, 'k', quota), 4);
  const { isAllowed, waitMs } = await store.take('k', quota);
  assert.ok(!isAllowed && waitMs > 0 && waitMs <= 1_000, String(waitMs));
  await it.pass(waitMs + 1);
  assert.equal(await burst([store], 8, 'k', quota), 5);
};

/** The oracle: in any stretch of t ms at most max + t · max / window pass, by the clock outside. */
const neverMore: Body = async (it) => {
  const all = await three(it);
  const quota = { windowMs: 1_000, max: 20 };
  const seen: { before: number; after: number }[] = [];
  const end = it.runtime.monotonic() + 2_500;
  while (it.runtime.monotonic() < end) {
    const before = it.runtime.monotonic();
    const count = await burst(all, 3, 'k', quota);
    const after = it.runtime.monotonic();
    for (let one = 0; one < count; one += 1) seen.push({ before, after });
    await it.pass(7);
  }
  for (let from = 0; from < seen.length; from += 1)
    for (let to = from; to < seen.length; to += 1) {
      const ms = seen[to]!.after - seen[from]!.before;
      const most = quota.max + (ms * quota.max) / quota.windowMs + 1;
      assert.ok(to - from + 1 <= most, `${to - from + 1} in ${ms} ms`);
    }
  assert.ok(seen.length >= 60, `the quota is really given: ${seen.length}`);
};

const anotherQuota: Body = async (it) => {
  const store = await it.connect();
  const windowMs = 60_000;
  assert.equal(await burst([store], 20, 'k', { windowMs, max: 10 }), 10);
  assert.equal(await burst([store], 20, 'k', { windowMs, max: 7 }), 0);
  const { waitMs } = await store.take('k', { windowMs, max: 7 });
  assert.ok(waitMs <= windowMs / 7 + 1, String(waitMs));
};

const sharers: Body = async (it, { sharersMsMax }) => {
  const [first, second, third] = await three(it);
  const all = [first!, second!, third!];
  await until(it, sharersMsMax, () => all.every((one) => one.sharers === 3));
  await third!.close();
  await third!.close();
  await until(it, sharersMsMax, () => first!.sharers === 2 && second!.sharers === 2);
};

const away: Body = async (it) => {
  const store = await it.connect();
  const quota = { windowMs: 600_000, max: 2 };
  await it.away!();
  const code = await store.take('k', quota).then(
    () => 'answered',
    (error) => error.code,
  );
  assert.ok(isAvailability(code), code);
  await it.back!();
  await until(it, BACK_MS_MAX, () =>
    store.take('other', quota).then(
      () => true,
      () => false,
    ),
  );
};

const neverOpen: Body = async (it, { sharersMsMax }) => {
  const stores = await three(it);
  await until(it, sharersMsMax, () => stores.every((one) => one.sharers === 3));
  const gateways = stores.map((store) => sharedLimiter({ runtime: it.runtime, store }));
  const quota = { windowMs: 600_000, max: 30 };
  const ask = async (key: string) => {
    const verdicts: Verdict[] = [];
    for (let call = 0; call < 50; call += 1)
      for (const gateway of gateways) verdicts.push(await gateway.take(key, quota));
    return passed(verdicts);
  };
  assert.equal(await ask('before'), 30);
  await it.away!();
  assert.equal(await ask('before'), 0, 'what was counted there counts here');
  const alone = await ask('during');
  assert.equal(alone, 30, 'the shares together are the limit');
  await it.back!();
  await until(it, BACK_MS_MAX, async () => {
    for (const gateway of gateways) await gateway.take(it.runtime.id(), quota);
    return gateways.every(({ isAlone }) => !isAlone);
  });
  assert.equal(await ask('after'), 30);
};

/**
 * The checks of a count that many share, by what it promises. In its own time: with a
 * `manualRuntime` none waits for the clock.
 *
 * @example
 * for (const { name, run } of limitStoreConformance('embedded', embedded)) test(name, run);
 */
export function limitStoreConformance(name: string, subject: LimitStoreUnderTest): Check[] {
  const checks: [string, Body][] = [
    ['three that ask at once are given exactly one limit', oneLimit],
    ['says how many are left', remaining],
    ['each key has a limit of its own', keysApart],
    ['a sliding quota comes back one by one', oneByOne],
    ['a fixed one comes back as a whole when its window is over', allAtOnce],
    ['in no stretch of time more than the quota and its rate pass', neverMore],
    ['a key whose quota becomes another keeps its place', anotherQuota],
    ['knows how many count here, and who left', sharers],
  ];
  const outages: [string, Body][] = [
    ['away, it is an availability error; back, it decides again', away],
    ['three gateways are never open: one limit before, during and after an outage', neverOpen],
  ];
  const all = subject.features.canBeAway ? [...checks, ...outages] : checks;
  return all.map(([what, body]) => ({
    name: `${name}: ${what}`,
    async run() {
      const it = await subject.open();
      try {
        await body(it, subject.features);
      } finally {
        await it.close();
      }
    },
  }));
}
