// Is nothing skipped or reordered when others write the log's events in transactions of their own?
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { append, type Position, START, type Store } from 'offshoot/store';
import { seededRandom, testStamp } from 'offshoot/testing';
import pg from 'pg';
import { POSTGRES_URL, sql, storesOfOneSchema } from './store-under-test.ts';

/** 100,000 and 1,000,000 for the long runs: docs/guides/postgres.md has the commands. */
const EVENTS = Number(process.env.LOG_EVENTS ?? 3_000);
const WRITERS = 32;
const LONG_MS = 30_000;
/** Without the time in which the machine let those at work wait for a processor; that is reported, too. */
const STALL_MS_MAX = Number(process.env.LOG_STALL_MS ?? 1_000);

const { runtime, schema, open, close } = storesOfOneSchema();
const clients: pg.Client[] = [];
after(async () => {
  await Promise.all(clients.map((client) => client.end())); // what is open holds locks
  await close();
});

async function client(): Promise<pg.Client> {
  const one = new pg.Client(POSTGRES_URL);
  await one.connect();
  clients.push(one);
  return one;
}

interface Written {
  /** Of each writer, when its n-th event was committed. */
  readonly committed: Map<string, number[]>;
  count: number;
}

/** Transactions of 0–2 ms, of 50–500 ms now and then; one in a hundred is rolled back. */
async function userWrites(name: string, seed: number, to: Written): Promise<void> {
  const database = await client();
  const random = seededRandom(seed);
  const times: number[] = [];
  to.committed.set(name, times);
  while (to.count < EVENTS) {
    to.count += 1;
    await database.query('BEGIN');
    await database.query({
      name: 'insert',
      text: `INSERT INTO ${schema}.offshoot_outbox (type, key, data) VALUES ('user.wrote', $1, $2)`,
      values: [name, JSON.stringify({ n: times.length })],
    });
    const isLong = random() < 0.05;
    await runtime.sleep(isLong ? 50 + random() * 450 : random() * 2);
    if (random() < 0.01) {
      await database.query('ROLLBACK');
      to.count -= 1;
      continue;
    }
    await database.query('COMMIT');
    times.push(performance.now());
  }
}

/** The service's own units, meanwhile. */
async function serviceWrites(store: Store, to: Written, until: () => boolean): Promise<void> {
  const times: number[] = [];
  to.committed.set('service', times);
  while (!until()) {
    const event = { type: 'toy.made', schema: 1, public: true, key: 'service' };
    const appends = [append('toy/service', [{ ...event, data: { n: times.length } }])];
    await store.stage({ appends, documents: [], stamp: testStamp() }, store.failures);
    times.push(performance.now());
    await runtime.sleep(2);
  }
}

interface Reading {
  /** Of each key, what was seen, in the order of the log. */
  readonly seen: Map<string, { readonly n: number; readonly at: number }[]>;
  readonly total: () => number;
  leave(): void;
}

/** Reads on when called, in another process's store as it were. */
function follow(store: Store): Reading {
  const seen: Reading['seen'] = new Map();
  let cursor: Position = START;
  let total = 0;
  let reading = Promise.resolve();
  const read = async () => {
    for (;;) {
      const page = await store.readLog(cursor, 500);
      if (page.upto.seq === cursor.seq) return;
      for (const { key, seq, data } of page.entries) {
        total += 1;
        assert.equal(seq, total, 'positions are dense');
        const of = seen.get(key) ?? [];
        seen.set(key, of);
        of.push({ n: (data as { n: number }).n, at: performance.now() });
      }
      cursor = page.upto;
    }
  };
  const leave = store.onDurable(() => {
    reading = reading.then(read);
  });
  return { seen, total: () => total, leave };
}

const SAMPLE_MS = 5;

/** Milliseconds that a process was ready to run and no processor was free; 0 where nobody counts it. */
function queuedMs(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0; // not Linux, or the database is on another machine
  }
}

/**
 * How long between two moments this process and the slowest of the database's that it uses stood in
 * the queue for a processor: what a wait would be without on a machine that does nothing else.
 */
async function processorQueue() {
  const found = await sql('SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1', [
    `offshoot toys ${schema}%`,
  ]);
  const pids = ['thread-self', ...found.map(({ pid }) => String(pid))];
  const samples: { readonly at: number; readonly queued: readonly number[] }[] = [];
  const sample = () => samples.push({ at: performance.now(), queued: pids.map(queuedMs) });
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    between(from: number, to: number): number {
      const before = samples.findLast(({ at }) => at <= from) ?? samples[0]!;
      const after = samples.find(({ at }) => at >= to) ?? samples.at(-1)!;
      const [own = 0, ...theirs] = after.queued.map((ms, n) => ms - before.queued[n]!);
      return own + Math.max(0, ...theirs);
    },
    end() {
      clearInterval(timer);
      sample();
    },
  };
}

async function until(what: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; !what(); await runtime.sleep(5))
    assert.ok(Date.now() < end, `not so after ${ms} ms`);
}

test(
  'nothing that users commit is skipped or reordered, and an idle transaction holds nobody up',
  { timeout: Math.max(600_000, 3 * EVENTS) },
  async (t) => {
    const writer = await open();
    const reading = follow(await open());
    const idle = await client();
    await idle.query('BEGIN');
    await idle.query(
      `INSERT INTO ${schema}.offshoot_outbox (type, key, data) VALUES ('user.wrote', 'idle', '{"n":0}')`,
    );
    const queue = await processorQueue();
    const began = performance.now();
    const written: Written = { committed: new Map(), count: 0 };
    const names = Array.from({ length: WRITERS }, (_, index) => `user-${index}`);
    let isOver = false;
    const service = serviceWrites(writer, written, () => isOver);
    const users = Promise.all(names.map((name, index) => userWrites(name, index + 1, written)));
    const late = users.then(() => runtime.sleep(0));
    const isLong = EVENTS >= 100_000;
    if (isLong) await Promise.race([late, runtime.sleep(LONG_MS)]);
    await (isLong
      ? idle.query('COMMIT').then(() => users)
      : users.then(() => idle.query('COMMIT')));
    written.committed.set('idle', [performance.now()]);
    isOver = true;
    await service;
    const expected = [...written.committed.values()].reduce((sum, times) => sum + times.length, 0);
    await until(() => reading.total() >= expected, 20_000);
    const tookMs = performance.now() - began;
    reading.leave();
    queue.end();
    let waitMs = 0;
    let stallMs = 0;
    for (const [key, times] of written.committed) {
      const seen = reading.seen.get(key) ?? [];
      assert.deepEqual(
        seen.map(({ n }) => n),
        times.map((_, index) => index),
        `${key}: nothing skipped, nothing twice, in order`,
      );
      if (key === 'idle') continue; // when its commit was done is not known to the millisecond
      for (const [index, { at }] of seen.entries()) {
        const from = times[index]!;
        waitMs = Math.max(waitMs, at - from);
        if (at - from > stallMs) stallMs = Math.max(stallMs, at - from - queue.between(from, at));
      }
    }
    assert.equal(reading.total(), expected);
    const ms = (value: number) => `${Math.round(value)} ms`;
    t.diagnostic(`${expected} events in ${ms(tookMs)}, 0 skipped, 0 reordered`);
    t.diagnostic(
      `the longest wait from a commit to its reader ${ms(waitMs)}, without the queue for a processor ${ms(stallMs)}`,
    );
    const queued = Math.round((100 * queue.between(began, began + tookMs)) / tookMs);
    t.diagnostic(`those at work stood in that queue for ${queued} % of the time`);
    assert.ok(
      stallMs < STALL_MS_MAX,
      `an event waited ${stallMs} ms for its reader that no queue for a processor explains`,
    );
  },
);
