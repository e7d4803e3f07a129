import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slate } from './slate.ts';

const TABLE = 'CREATE TABLE t (x INTEGER PRIMARY KEY)';
const rows = (from: ReturnType<typeof slate>) => from.prepare('SELECT x FROM t').all().length;

test('a slate of an earlier world is empty, and what is made in it is made as if for the first time', () => {
  const first = slate('made');
  first.exec(TABLE);
  first.exec('PRAGMA user_version = 3');
  first.prepare('INSERT INTO t VALUES (?)').run(7);
  first.release();
  const second = slate('made');
  assert.equal(second.prepare('PRAGMA user_version').get()?.user_version, 0);
  second.exec(TABLE);
  assert.equal(rows(second), 0);
  assert.throws(() => second.exec(TABLE), /already exists/);
  second.release();
});

test('what a transaction made is gone when it is rolled back, also where it was there before', () => {
  const one = slate('undone');
  for (let round = 0; round < 3; round += 1) {
    one.exec('BEGIN IMMEDIATE');
    one.exec(TABLE);
    one.exec('ROLLBACK');
  }
  one.exec(TABLE);
  one.release();
  const two = slate('undone');
  two.exec('BEGIN IMMEDIATE');
  two.exec(TABLE);
  two.exec('ROLLBACK');
  two.exec(TABLE);
  two.prepare('INSERT INTO t VALUES (?)').run(1);
  assert.equal(rows(two), 1);
  two.release();
});

test('a transaction that its world left open is over, and a slate that was altered is not used again', () => {
  const one = slate('altered');
  one.exec(TABLE);
  one.exec('BEGIN IMMEDIATE');
  one.prepare('INSERT INTO t VALUES (?)').run(1);
  one.release();
  const two = slate('altered');
  assert.equal(two.inTransaction, false);
  two.exec(TABLE);
  two.exec('ALTER TABLE t ADD COLUMN y');
  two.release();
  const three = slate('altered');
  three.exec(TABLE);
  assert.equal(three.prepare('SELECT * FROM pragma_table_info(?)').all('t').length, 1);
  three.release();
});

test('who asks what there is hears only of what was made in this world', () => {
  const there = (from: ReturnType<typeof slate>) =>
    from
      .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
      .all()
      .map(({ name }) => name);
  const one = slate('named');
  one.exec(TABLE);
  one.exec('CREATE VIEW documents AS SELECT x FROM t');
  assert.deepEqual(there(one), ['t', 'documents']);
  one.release();
  const two = slate('named');
  assert.deepEqual(there(two), []);
  two.exec('BEGIN IMMEDIATE');
  two.exec(TABLE);
  assert.deepEqual(there(two), ['t']);
  two.exec('ROLLBACK');
  assert.deepEqual(there(two), []);
  two.exec(TABLE);
  two.exec('BEGIN IMMEDIATE');
  two.exec('DROP VIEW IF EXISTS documents');
  two.exec('CREATE VIEW documents AS SELECT x + 1 AS x FROM t');
  two.exec('ROLLBACK');
  assert.deepEqual(there(two), ['t']);
  two.exec('CREATE VIEW documents AS SELECT x FROM t');
  two.prepare('INSERT INTO t VALUES (?)').run(4);
  assert.equal(two.prepare('SELECT x FROM documents').get()?.x, 4);
  two.release();
});
