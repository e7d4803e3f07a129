import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { type CacheOptions, cache, type Keeping } from './index.ts';

function setting(options: Partial<CacheOptions> = {}) {
  let now = 1_000;
  const made = cache<string>({ clock: () => now, bytesMax: 100_000, ...options });
  let fetched = 0;
  const keeping: Keeping = { bytes: 10, freshMs: 1_000, staleWhileMs: 500, staleIfErrorMs: 5_000 };
  const ask = (key: string, value = key, more: Partial<Keeping> = {}) =>
    made.ask(key, {
      tags: ['all', `of ${key}`],
      load: async () => {
        fetched += 1;
        return { value: `${value}${fetched}`, keeping: { ...keeping, ...more } };
      },
    });
  return {
    made,
    ask,
    pass: (ms: number) => {
      now += ms;
    },
    get fetched() {
      return fetched;
    },
  };
}

const away = () => Promise.reject(new OffshootError('UNAVAILABLE', 'away'));
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('an answer is fetched once and given until it is no longer fresh', async () => {
  const it = setting();
  assert.deepEqual(await it.ask('a'), {
    ...{ value: 'a1', use: 'miss', ageMs: 0, ttlMs: 1_000, isKept: true },
  });
  it.pass(999);
  const { value, use, ageMs, ttlMs } = await it.ask('a');
  assert.deepEqual([value, use, ageMs, ttlMs], ['a1', 'hit', 999, 1]);
});

test('a thousand that ask at once cause one fetch, and get what it brings', async () => {
  const it = setting();
  const all = await Promise.all(Array.from({ length: 1_000 }, () => it.ask('a')));
  assert.equal(it.fetched, 1);
  assert.equal(all.filter(({ use }) => use === 'collapsed').length, 999);
  assert.ok(all.every(({ value }) => value === 'a1'));
});

test('they also get its failure, and the next one tries again', async () => {
  const it = setting();
  let fetched = 0;
  const fail = () =>
    it.made.ask('a', {
      load: () => {
        fetched += 1;
        return away();
      },
    });
  const all = await Promise.allSettled([fail(), fail(), fail()]);
  assert.ok(all.every(({ status }) => status === 'rejected'));
  assert.equal(fetched, 1);
  assert.equal((await it.ask('a')).use, 'miss');
});

test('a stale answer is given at once while one fetch replaces it', async () => {
  const it = setting();
  await it.ask('a');
  it.pass(1_200);
  const [first, second] = await Promise.all([it.ask('a'), it.ask('a')]);
  assert.deepEqual([first.value, first.use, first.ttlMs], ['a1', 'stale', -200]);
  assert.equal(second.value, 'a1');
  await turn();
  const next = await it.ask('a');
  assert.deepEqual([next.value, next.use, it.fetched], ['a2', 'hit', 2]);
});

test('a stale answer stands in for a failure of availability, for so long and not for a bug', async () => {
  const it = setting();
  await it.ask('a');
  it.pass(3_000);
  const given = await it.made.ask('a', { load: away });
  assert.deepEqual([given.value, given.use, given.cause], ['a1', 'stale', 'UNAVAILABLE']);
  const bug = () => Promise.reject(new OffshootError('INTERNAL_ERROR', 'bug'));
  await assert.rejects(it.made.ask('a', { load: bug }), { code: 'INTERNAL_ERROR' });
  it.pass(3_000);
  await assert.rejects(it.made.ask('a', { load: away }), { code: 'UNAVAILABLE' });
});

test('a drop forgets all that is about it, and nothing else', async () => {
  const it = setting();
  await it.ask('a');
  await it.ask('b');
  assert.equal(it.made.drop('of a'), 1);
  assert.equal((await it.ask('a')).use, 'miss');
  assert.equal((await it.ask('b')).use, 'hit');
  assert.equal(it.made.drop('all'), 2);
  assert.deepEqual([it.made.size, it.made.bytes], [0, 0]);
});

test('what was on its way when it was dropped is not kept, and not given to who asks later', async () => {
  const it = setting();
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = it.made.ask('a', {
    tags: ['all'],
    load: async () => {
      await promise;
      return { value: 'old', keeping: { bytes: 1, freshMs: 1_000 } };
    },
  });
  it.made.drop('all');
  const after = await it.ask('a');
  assert.deepEqual([after.value, after.use], ['a1', 'miss']);
  resolve();
  assert.equal((await before).value, 'old');
  assert.equal((await it.ask('a')).value, 'a1');
});

test('a drop while a fetch fails leaves no stale answer behind', async () => {
  const it = setting();
  await it.ask('a');
  it.pass(3_000);
  const load = async () => {
    it.made.drop('all');
    return away();
  };
  await assert.rejects(it.made.ask('a', { load }), { code: 'UNAVAILABLE' });
});

test('it never holds more bytes than it may: what was used longest ago goes first', async () => {
  const it = setting({ bytesMax: 10_000, entryBytesMax: 3_000 });
  for (const key of ['a', 'b', 'c']) await it.ask(key, key, { bytes: 2_500 });
  await it.ask('a');
  await it.ask('d', 'd', { bytes: 2_500 });
  assert.ok(it.made.bytes <= 10_000);
  assert.equal(it.made.find('b'), undefined);
  assert.ok(it.made.find('a'));
  assert.equal((await it.ask('large', 'large', { bytes: 3_000 })).isKept, false);
  for (let one = 0; one < 10_000; one += 1) await it.ask(`k${one}`);
  assert.ok(it.made.bytes <= 10_000 && it.made.size < 30, `${it.made.bytes} of ${it.made.size}`);
});

test('an answer that was old when it came is fresh for so much less', async () => {
  const it = setting();
  await it.ask('a', 'a', { ageMs: 900 });
  it.pass(99);
  assert.equal((await it.ask('a')).ageMs, 999);
  assert.equal((await it.ask('b', 'b', { ageMs: 1_000 })).isKept, false);
});

test('beyond so many fetches at once nobody waits for another, and nothing is kept', async () => {
  const it = setting({ flightsMax: 1 });
  const held = it.made.flight('held');
  assert.deepEqual([held.isLeader, it.made.flight('held').isLeader], [true, false]);
  assert.equal((await it.ask('a')).isKept, false);
  assert.equal(held.end('value', { bytes: 1, freshMs: 10 }), true);
  assert.equal((await it.ask('a')).isKept, true);
});
