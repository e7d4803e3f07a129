import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_KINDS, NO_FAULTS } from './faults.ts';
import { life } from './life.ts';
import { disks } from './simulated-database.ts';
import { world } from './world.ts';

const GROUPS = 40;

/** Writes groups of one row each, crashes, and says how many are left. */
function survivors(seed: bigint, pragma: string): { rows: number; lostWrites: number } {
  const w = world(seed, FAULT_KINDS, NO_FAULTS);
  const files = disks(w);
  const database = files.open('a.db', life('h'));
  database.exec(pragma);
  database.exec('CREATE TABLE t (x INTEGER)');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  for (let group = 0; group < GROUPS; group += 1) {
    database.exec('BEGIN IMMEDIATE');
    insert.run(group);
    database.exec('COMMIT');
  }
  files.lose('h');
  const rows = files.open('a.db', life('h')).prepare('SELECT x FROM t ORDER BY x').all();
  assert.deepEqual(
    rows.map(({ x }) => x),
    Array.from({ length: rows.length }, (_, group) => group),
    'only the last groups may be gone',
  );
  return { rows: rows.length, lostWrites: w.counts.lostWrites };
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => BigInt(seed));

test('where each commit is synced, a crash of the machine loses no group that was acknowledged', () => {
  for (const seed of SEEDS)
    assert.deepEqual(survivors(seed, 'PRAGMA synchronous = FULL'), { rows: GROUPS, lostWrites: 0 });
});

test('where it is not, the groups after the last sync are gone', () => {
  const left = SEEDS.map((seed) => survivors(seed, 'PRAGMA synchronous = NORMAL'));
  assert.ok(left.some(({ rows }) => rows < GROUPS));
  for (const { rows, lostWrites } of left) assert.equal(lostWrites > 0, rows < GROUPS);
});

test('a crash with an open transaction loses its writes, and counts', () => {
  const w = world(1n, FAULT_KINDS, NO_FAULTS);
  const files = disks(w);
  const database = files.open('a.db', life('h'));
  database.exec('CREATE TABLE t (x INTEGER)');
  database.exec('BEGIN IMMEDIATE');
  files.lose('h');
  assert.equal(w.counts.lostWrites, 0, 'nothing was written yet');
  database.exec('BEGIN IMMEDIATE');
  database.prepare('INSERT INTO t VALUES (1)').run();
  files.lose('h');
  assert.equal(w.counts.lostWrites, 1);
});

test('statements of one database are prepared once for all lives of its host', () => {
  const files = disks(world(1n, FAULT_KINDS, NO_FAULTS));
  const first = life('h');
  const database = files.open('a.db', first);
  database.exec('CREATE TABLE t (x INTEGER)');
  const insert = 'INSERT INTO t VALUES (?)';
  const old = database.prepare(insert);
  old.run(1);
  first.alive = false;
  const again = files.open('a.db', life('h'));
  again.prepare(insert).run(2);
  assert.throws(() => old.run(3), { code: 'UNAVAILABLE' });
  assert.equal(again.prepare('SELECT count(*) AS n FROM t').get()?.n, 2);
});
