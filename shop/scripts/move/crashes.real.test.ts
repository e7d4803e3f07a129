// Is there exactly one store, and nothing lost, wherever a process is killed in a move?
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, test } from 'node:test';
import { sql } from './server.ts';
import { type Workshop, workshopUnderTest } from './workshop-under-test.ts';

/** In the order in which a move comes by; from `complete` on the store is the other one. */
const POINTS = ['copying', 'held', 'sealed', 'equal'] as const;
const PAST = ['complete', 'placed', 'switched'] as const;

let shop: Workshop;
let acknowledged = 0;
before(async () => {
  shop = await workshopUnderTest();
});
after(() => shop?.close());
afterEach(() => shop.kill());

const inDatabase = (text: string) => sql(text, shop.url);

/** Which of the two a host would write to. */
async function writable(): Promise<string[]> {
  const found: string[] = [];
  const file = join(shop.data, 'counters.db');
  if (existsSync(file)) {
    const database = new DatabaseSync(file, { readOnly: true });
    const seals = database.prepare("SELECT 1 FROM meta WHERE name = 'moved'").all();
    database.close();
    if (seals.length === 0) found.push('sqlite');
  }
  const [there] = await inDatabase("SELECT to_regclass('counters.meta') AS name");
  if (there.name) {
    const marks = "SELECT name FROM counters.meta WHERE name IN ('moved', 'arriving')";
    if ((await inDatabase(marks)).length === 0) found.push('postgres');
  }
  return found;
}

const PLACES = { sqlite: 'postgres', postgres: 'sqlite' } as const;
type Place = keyof typeof PLACES;

/** Busy all the time: a process that dies at the point, and one that goes on where it stopped. */
async function killedAt(point: string, from: Place): Promise<void> {
  const to = PLACES[from];
  const stop = shop.busy();
  await shop.start(`counters ${point}`);
  await shop.ask('move.begin', { service: 'counters', store: to }).catch(() => {}); // it may die first
  await shop.ended;
  const hasMoved = PAST.includes(point as (typeof PAST)[number]);
  const isBetween = point === 'sealed' || point === 'equal';
  // A file takes its place only after it is complete.
  if (point !== 'complete' || to !== 'sqlite')
    assert.deepEqual(await writable(), isBetween ? [] : [hasMoved ? to : from], 'unasked');
  await shop.start();
  assert.deepEqual(await writable(), [hasMoved ? to : from]);
  acknowledged += await stop();
  await shop.check(acknowledged);
  if (!hasMoved) assert.equal((await shop.move(to)).state, 'moved');
  await shop.check(acknowledged);
  assert.deepEqual(await writable(), [to]);
  await shop.stop();
}

for (const point of [...POINTS, ...PAST]) {
  test(`killed when a move to PostgreSQL is at '${point}', the store is in one place and whole`, () =>
    killedAt(point, 'sqlite'));

  test(`and so it is on the way back to a file, at '${point}'`, async () => {
    await killedAt(point, 'postgres');
    await inDatabase('DROP SCHEMA counters CASCADE');
  });
}

test('while the target cannot be asked nobody writes, and the host says why it does not start', async () => {
  await shop.start('counters sealed');
  await shop.ask('move.begin', { service: 'counters', store: 'postgres' }).catch(() => {});
  await shop.ended;
  const away = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  await assert.rejects(shop.start(undefined, away), /UNAVAILABLE/);
  assert.deepEqual(await writable(), []);
  await shop.start();
  assert.deepEqual(await writable(), ['sqlite']);
  await shop.check(acknowledged);
});
