import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agenda } from './agenda.ts';
import { guardGlobals } from './globals.ts';
import { type Life, life as lifeOf } from './life.ts';
import { network } from './network.ts';
import { random } from './random.ts';
import { disks } from './simulated-database.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import { world } from './world.ts';

const HOUR = 3_600_000;
const life = (): Life => lifeOf('h');
const station = (name: string, found: Life | undefined) => ({ name, life: () => found });

test('a seed always gives the same numbers, another seed gives others', () => {
  const draw = (seed: bigint) => {
    const from = random(seed);
    return Array.from({ length: 100 }, () => from.next());
  };
  assert.deepEqual(draw(7n), draw(7n));
  assert.notDeepEqual(draw(7n), draw(8n));
  const wide = 2n ** 40n; // more than 32 bits of the seed matter
  assert.notDeepEqual(draw(7n), draw(7n + wide));
});

test('random numbers spread evenly over [0, 1)', () => {
  const from = random(1n);
  const buckets = new Array<number>(10).fill(0);
  for (let at = 0; at < 100_000; at += 1) buckets[Math.floor(from.next() * 10)]! += 1;
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, String(buckets));
});

test('the agenda gives tasks back by time, and cancelled ones never', () => {
  const agenda = new Agenda();
  const from = random(3n);
  const times: number[] = [];
  for (let order = 0; order < 500; order += 1) {
    const at = from.below(100);
    const cancelled = from.chance(0.2);
    if (!cancelled) times.push(at);
    agenda.add({ at, tie: from.below(10), order, task: () => {}, life: undefined, cancelled });
  }
  const seen: number[] = [];
  for (let next = agenda.next(); next; next = agenda.next()) seen.push(next.at);
  assert.deepEqual(
    seen,
    times.sort((a, b) => a - b),
  );
});

test('a sleep takes simulated time and no real time', async () => {
  const w = world(1n);
  const runtime = simulatedRuntime(w, disks(w), life());
  const begin = w.now();
  let woke = 0;
  void runtime.sleep(HOUR).then(() => {
    woke = w.now();
  });
  await w.run(() => woke > 0, 2 * HOUR);
  assert.equal(woke - begin, HOUR);
});

test('what a host planned dies with it', async () => {
  const w = world(1n);
  const mine = life();
  let ran = false;
  w.plan(10, () => {
    mine.alive = false;
  });
  w.plan(
    20,
    () => {
      ran = true;
    },
    mine,
  );
  await w.run(() => false, HOUR);
  assert.equal(ran, false);
});

test('a crash takes the open transaction and leaves what was committed', () => {
  const w = world(1n);
  w.calm();
  const files = disks(w);
  const before = files.open('a.db', life());
  before.exec('CREATE TABLE t (x INTEGER)');
  before.exec('BEGIN IMMEDIATE');
  before.prepare('INSERT INTO t VALUES (?)').run(1);
  before.exec('COMMIT');
  before.exec('BEGIN IMMEDIATE');
  before.prepare('INSERT INTO t VALUES (?)').run(2);
  files.lose('h');
  const after = files.open('a.db', life());
  assert.deepEqual(
    after
      .prepare('SELECT x FROM t')
      .all()
      .map((row) => row.x),
    [1],
  );
});

test('a dead host can neither read nor write its databases', () => {
  const w = world(1n);
  const mine = life();
  const database = disks(w).open('a.db', mine);
  database.exec('CREATE TABLE t (x INTEGER)');
  const select = database.prepare('SELECT * FROM t');
  mine.alive = false;
  assert.throws(() => select.all(), { code: 'UNAVAILABLE' });
  assert.throws(() => database.exec('BEGIN'), { code: 'UNAVAILABLE' });
});

test('a question to a host that is down is refused, and one whose answer is lost times out', async () => {
  const w = world(5n);
  w.calm();
  const net = network(w);
  const mine = life();
  const question = { what: 'q', from: mine, timeoutMs: 1_000 };
  let refused = '';
  net
    .ask({
      ...question,
      to: station('nobody', undefined),
      answer: async () => 1,
    })
    .catch((error) => {
      refused = error.code;
    });
  const callee = life();
  let late = '';
  const dies = async () => {
    callee.alive = false;
    return 1;
  };
  net.ask({ ...question, to: station('callee', callee), answer: dies }).catch((error) => {
    late = error.code;
  });
  await w.run(() => refused !== '' && late !== '', HOUR);
  assert.equal(refused, 'UNAVAILABLE');
  assert.equal(late, 'DEADLINE_EXCEEDED');
});

test('in a simulation the globals of time and chance throw and name their caller', () => {
  const leaks: Record<string, () => unknown> = {
    'Date.now': () => Date.now(),
    'new Date': () => new Date(),
    'Date()': () => Date(),
    setTimeout: () => setTimeout(() => {}, 1),
    setInterval: () => setInterval(() => {}, 1),
    setImmediate: () => setImmediate(() => {}),
    'Math.random': () => Math.random(),
    'performance.now': () => performance.now(),
    fetch: () => fetch('http://127.0.0.1'),
    randomUUID: () => crypto.randomUUID(),
    getRandomValues: () => crypto.getRandomValues(new Uint8Array(1)),
    'AbortSignal.timeout': () => AbortSignal.timeout(1),
  };
  const restore = guardGlobals();
  const heard: string[] = [];
  let given = 0;
  try {
    for (const leak of Object.values(leaks)) {
      try {
        leak();
        heard.push('nothing');
      } catch (error) {
        heard.push((error as Error).message);
      }
    }
    given = new Date(5).getTime();
  } finally {
    restore();
  }
  assert.equal(given, 5, 'a date of a given instant is pure');
  for (const message of heard) assert.match(message, /was used in a simulation .*world\.test\.ts/);
  assert.ok(Date.now() > 0 && Math.random() < 1, 'the globals are back');
});

test('a simulated host draws well-formed, growing ids, although its time passes in fractions', async () => {
  const w = world(1n);
  const runtime = simulatedRuntime(w, disks(w), life());
  let before = '';
  for (let draw = 0; draw < 100; draw += 1) {
    let woke = false;
    void runtime.sleep(0.37).then(() => {
      woke = true;
    });
    await w.run(() => woke, HOUR);
    const id = runtime.id();
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(id > before);
    before = id;
  }
});
