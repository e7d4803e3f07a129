// Through seeds of lost, late, doubled and reordered requests, killed writers and failed flushes: is each unit done once?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OffshootError } from '../../error/index.ts';
import type { Outbound, OutboundReply } from '../../runtime/index.ts';
import { sealer } from '../../security/index.ts';
import { UNMEASURED } from '../../telemetry/index.ts';
import { manualRuntime, testKeyring, testStamp } from '../../testing/index.ts';
import { type Mortal, mortalDatabase } from '../../testing/remote-store-under-test.ts';
import {
  append,
  collection,
  one,
  privateEvent,
  put,
  runUnit,
  START,
  type Store,
} from '../index.ts';
import { sqliteStore } from '../sqlite/index.ts';
import { httpWire, REMOTE_COLLECTIONS, remoteStore, type StoreDoor, storeDoor } from './index.ts';

const SEEDS = 30;
const CLIENTS = 3;
const UNITS = 24; // of each client, and of the process with the file
const AT_ONCE = 4;
const COUNTERS = 4;

const root = mkdtempSync(join(tmpdir(), 'offshoot-chaos-'));
after(() => rmSync(root, { recursive: true, force: true }));
const counters = collection<{ readonly count: number }>('counters');

interface Life {
  readonly database: Mortal;
  readonly store: Store;
  readonly door: StoreDoor;
}

/** What a sender knows of its unit at the end. */
type Known = 'done' | 'unknown' | 'nothing';

function world(seed: number) {
  const runtime = manualRuntime({ seed });
  const { random } = runtime;
  const file = join(root, `${seed}.db`);
  const keyring = testKeyring(runtime);
  let calm = false;
  let life: Life | undefined;
  const chance = (share: number) => !calm && random() < share;
  const broken = () => new OffshootError('UNAVAILABLE', 'the connection broke');

  const live = (): Life => {
    const database = mortalDatabase(runtime, file);
    const seals = sealer(keyring, runtime.cryptography);
    const collections = [counters, ...REMOTE_COLLECTIONS];
    const store = sqliteStore({ runtime, database, service: 'toys', sealer: seals, collections });
    return {
      database,
      store,
      door: storeDoor({ runtime, stores: new Map([['toys', store]]), token: '' }),
    };
  };

  let downUntil = 0;
  const kill = (): void => {
    life?.database.kill();
    life?.door.close();
    life = undefined;
    if (random() < 0.3) downUntil = runtime.monotonic() + random() * 2_000;
  };
  const isDown = () => !calm && runtime.monotonic() < downUntil;

  const arrives = async (outbound: Outbound): Promise<OutboundReply> => {
    if (isDown()) throw broken();
    life ??= live();
    const mine = life;
    if (chance(0.04)) mine.database.failNextFlush();
    const answering = mine.door.handle({
      ...{
        method: 'POST',
        target: new URL(outbound.url).pathname,
        headers: outbound.headers ?? {},
      },
      ...{ body: Buffer.from(outbound.body ?? ''), remoteAddress: '' },
      signal: outbound.signal ?? new AbortController().signal,
    });
    if (chance(0.02)) kill(); // its turn is done, its flush is not
    const reply = await answering;
    if (chance(0.02)) kill(); // flushed, and not answered
    if (life !== mine) throw broken();
    return { status: reply.status, headers: {}, body: String(reply.body) };
  };

  const travel = () => runtime.sleep(chance(0.1) ? random() * 800 : random() * 5);

  const request = async (outbound: Outbound): Promise<OutboundReply> => {
    const late = runtime.sleep(outbound.timeoutMs).then(() => {
      throw new OffshootError('DEADLINE_EXCEEDED', 'it took too long');
    });
    late.catch(() => {});
    const there = async (): Promise<OutboundReply> => {
      await travel();
      if (chance(0.06)) throw broken();
      if (chance(0.06))
        void travel()
          .then(() => arrives(outbound))
          .catch(() => {}); // twice
      const reply = await arrives(outbound);
      await travel();
      if (chance(0.06)) throw broken();
      return reply;
    };
    return Promise.race([there(), late]);
  };

  return {
    runtime,
    request,
    keyring,
    now: (): Store => {
      life ??= live();
      return life.store;
    },
    /** Resolves when the process with the file is there. */
    async isUp() {
      while (isDown()) await runtime.sleep(50);
    },
    heal() {
      calm = true;
    },
    async end() {
      life?.door.close();
      await life?.store.close();
      keyring.close();
    },
  };
}

type World = ReturnType<typeof world>;

const counterOf = (key: string) => `counter-${Number(key.split('.')[1]) % COUNTERS}`;
const contextOf = (it: World, store: Store) => ({ ...it, store, metrics: UNMEASURED });

/** Adds one to a counter, and says so in the log; nothing names a revision. */
const add = (it: World, store: Store, key: string) =>
  runUnit(
    contextOf(it, store),
    () => ({ counter: one(counters, counterOf(key)) }),
    ({ counter }) => ({
      change: {
        appends: [append(counterOf(key), [privateEvent('counted', {}, key)])],
        documents: [put(counters, counterOf(key), { count: (counter?.data.count ?? 0) + 1 })],
        stamp: testStamp(),
      },
      value: 0,
    }),
  );

/** Reads nothing: nothing but its number tells whether it was done. */
const note = (it: World, store: Store, key: string) =>
  runUnit(
    contextOf(it, store),
    () => ({}),
    () => ({
      change: {
        appends: [append('notes', [privateEvent('noted', {}, key)])],
        documents: [],
        stamp: testStamp(),
      },
      value: 0,
    }),
  );

/** What a query answers is durable when it is answered. */
async function look(it: World, store: Store, key: string): Promise<void> {
  const needs = () => ({ counter: one(counters, counterOf(key)) });
  const { value } = await runUnit(contextOf(it, store), needs, ({ counter }) => ({
    value: counter?.data.count ?? 0,
  }));
  const { entries } = await it.now().readLog(START, 10_000);
  const durable = entries.filter(({ stream }) => stream === counterOf(key)).length;
  assert.ok(durable >= value, `${value} additions were seen, ${durable} are durable`);
}

/** Sends its units, some at once, and says of each what it knows. */
async function sender(it: World, name: string, stores: () => Store): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  const keys = Array.from({ length: UNITS }, (_, n) => `${name}.${n}`);
  const one = async (): Promise<void> => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      await it.isUp();
      const store = stores();
      const isBlind = Number(key.split('.')[1]) % 2 === 0;
      try {
        await (isBlind ? note : add)(it, store, key);
        known.set(key, 'done');
        await look(it, store, key);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        if (known.has(key)) continue; // it was the look that failed
        const { details = {} } = error as OffshootError;
        const isKnown = error instanceof OffshootError && details.outcome !== 'unknown';
        known.set(key, isKnown ? 'nothing' : 'unknown');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return known;
}

async function run(seed: number): Promise<Readonly<Record<Known, number>>> {
  const it = world(seed);
  const { runtime, request } = it;
  const place = () => ({ url: 'http://127.0.0.1:1', token: '' });
  const remotes: Store[] = [];
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    const wire = httpWire({ runtime: { ...runtime, request }, service: 'toys', place });
    const times = { deadlineMs: 900, attemptMs: 300 };
    let store: Store | undefined;
    while (!store)
      store = await remoteStore({ runtime, service: 'toys', wire, ...times }).catch(
        () => undefined,
      );
    const opened = store;
    remotes.push(opened);
    return sender(it, `client${n}`, () => opened);
  });
  // Units of the process itself die with it, and nobody is left to say what became of them.
  const own = sender(it, 'own', it.now).then((known) => {
    for (const [key, what] of known) if (what === 'nothing') known.set(key, 'unknown');
    return known;
  });
  const all = Promise.all([...clients, own]);
  let isOver = false;
  all.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  while (!isOver) await runtime.advance(100);
  it.heal();
  await runtime.advance(5_000); // what is late has come
  const known = new Map((await all).flatMap((part) => [...part]));
  const { entries } = await it.now().readLog(START, 10_000);
  const times = new Map<string, number>();
  for (const { key } of entries) times.set(key, (times.get(key) ?? 0) + 1);
  const tally = { done: 0, unknown: 0, nothing: 0 };
  for (const [key, what] of known) {
    tally[what] += 1;
    const found = times.get(key) ?? 0;
    if (what === 'done') assert.equal(found, 1, `seed ${seed}: ${key} is done`);
    if (what === 'nothing') assert.equal(found, 0, `seed ${seed}: ${key} never happened`);
    assert.ok(found <= 1, `seed ${seed}: ${key} happened ${found} times`);
  }
  for (let n = 0; n < COUNTERS; n += 1) {
    const counted = entries.filter(({ stream }) => stream === `counter-${n}`).length;
    const found = await it.now().load(one(counters, `counter-${n}`));
    assert.equal(found?.data.count ?? 0, counted, `seed ${seed}: no addition was lost`);
  }
  for (const store of remotes) void store.close();
  await runtime.advance(5_000);
  await it.end();
  return tally;
}

test('each unit is done once or not at all, and who was told is right', async () => {
  const tally = { done: 0, unknown: 0, nothing: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const one = await run(seed);
    for (const what of ['done', 'unknown', 'nothing'] as const) tally[what] += one[what];
  }
  assert.equal(tally.done + tally.unknown + tally.nothing, SEEDS * UNITS * (CLIENTS + 1));
  assert.ok(tally.done > SEEDS * UNITS * 2, JSON.stringify(tally));
});
