// Is a log that ends in the middle of a commit told from one that does not?
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { endOfLog } from './write-ahead-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'crash-wal-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function opened(name: string) {
  const path = join(folder, name);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE things (x TEXT)');
  // A page that is read needs room for itself: with one cached page there must be others.
  for (const name of ['b', 'c', 'd']) database.exec(`CREATE TABLE ${name} (x TEXT)`);
  return { path, database };
}

test('a log that ends with a commit has nothing behind it', () => {
  const { path, database } = opened('whole.db');
  database.exec("INSERT INTO things VALUES ('a')");
  const { committed, uncommitted } = endOfLog(path);
  assert.ok(committed > 0);
  assert.equal(uncommitted, 0);
  database.close();
  assert.equal(endOfLog(path).committed, 0, 'closed, it has no log');
});

test('pages of an open transaction in the log are seen, and a reader of a copy does not see them', () => {
  const { path, database } = opened('open.db');
  database.exec("BEGIN; INSERT INTO things VALUES ('a')");
  assert.equal(endOfLog(path).uncommitted, 0, 'they are in memory only');
  database.exec('PRAGMA cache_size = 1; PRAGMA cache_spill = 1; PRAGMA quick_check(1)');
  assert.ok(endOfLog(path).uncommitted > 0);
  const copy = join(folder, 'copy.db');
  cpSync(path, copy);
  cpSync(`${path}-wal`, `${copy}-wal`);
  const reader = new DatabaseSync(copy);
  assert.equal(reader.prepare('SELECT count(*) AS n FROM things').get()?.n, 0);
  reader.close();
  database.close();
});

test('a frame that was cut short, and frames of an older log, do not count', () => {
  const { path, database } = opened('cut.db');
  database.exec("INSERT INTO things VALUES ('a')");
  const { committed, mark } = endOfLog(path);
  database.exec("BEGIN; INSERT INTO things VALUES ('b')");
  database.exec('PRAGMA cache_size = 1; PRAGMA cache_spill = 1; PRAGMA quick_check(1)');
  assert.notEqual(endOfLog(path).mark, mark);
  const copy = join(folder, 'cut-copy.db');
  cpSync(`${path}-wal`, `${copy}-wal`);
  truncateSync(`${copy}-wal`, 32 + committed * (24 + 4_096) + 100);
  const cut = endOfLog(copy);
  assert.deepEqual([cut.committed, cut.uncommitted, cut.mark], [committed, 0, mark]);
  database.exec("COMMIT; PRAGMA wal_checkpoint(RESTART); INSERT INTO things VALUES ('c')");
  assert.equal(endOfLog(path).uncommitted, 0);
  database.close();
});
