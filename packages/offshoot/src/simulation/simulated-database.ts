// How does a real SQLite database crash, lose its flush and come back, inside one thread?
import { OffshootError } from '../error/index.ts';
import type { Database, SqlValue, Statement } from '../runtime/index.ts';
import type { Change } from '../store/index.ts';
import { beginEpoch } from '../store/sqlite/index.ts';
import { AFTER_COMMIT, BEFORE_COMMIT, contentsOf } from './commit-content.ts';
import type { CrashPoint } from './crash-points.ts';
import type { Life } from './life.ts';
import { slate } from './slate.ts';
import { copied, putBack, type TableCopy } from './table-copy.ts';
import { type History, history } from './unsynced.ts';
import type { World } from './world.ts';

/** The databases of a world by path: they outlive their hosts. */
export interface Disks {
  open(path: string, life: Life): Database;
  /** How to tell of each unit that was staged into the next commit of this database. */
  staging(host: string, path: string): (change: Change) => void;
  /** Commits so far. */
  readonly commits: number;
  /**
   * What a crash of the machine does to a host's databases: the open transaction never happened.
   * Where the database was told not to sync each commit, groups since the last sync go too.
   */
  lose(host: string): void;
  /** Restores a store from a backup that has all of it: a new epoch begins. False = no store yet. */
  restore(host: string, path: string): boolean;
  /** All that a store has, as of this moment; undefined while a unit is on its way to it. */
  copy(host: string, path: string): readonly TableCopy[] | undefined;
  /** Puts a copy back; what was written since is gone, and a new epoch begins. */
  putBack(host: string, path: string, copy: readonly TableCopy[]): void;
  /** Adds every byte of every table to the trace. */
  seal(): void;
  close(): void;
}

interface File {
  readonly name: string;
  readonly path: string;
  database: ReturnType<typeof slate>;
  readonly history: History;
  /** Statements that were run in the open transaction. */
  writes: number;
  /** Units that were staged into the next commit, and what they are about. */
  units: number;
  contents: number;
  /** Its last flush did. */
  hasFailed: boolean;
}

/** A disk that has failed is about to take its host along: chance that the next flush kills it. */
const FAILING_DISK_DEATH = 0.3;

const gone = () => new OffshootError('UNAVAILABLE', 'this host crashed');

/**
 * Databases in memory with the SQL of the real ones. A COMMIT may fail, and its host may die
 * right before it (nothing happened), right after it (all of it did, and nobody heard), and
 * between two writes (a torn transaction).
 */
export function disks(world: World): Disks {
  const files = new Map<string, File>();
  const { chaos, trace } = world;
  let commits = 0;

  const forget = (file: File): void => {
    file.writes = 0;
    file.contents = 0;
    file.units = 0;
  };
  const pass = (point: CrashPoint, life: Life): void => {
    if (world.dies(point, life)) throw gone();
  };
  const passAll = (points: readonly CrashPoint[], life: Life): void => {
    for (const point of points) pass(point, life);
  };

  /** Who was told that a failed flush would be made good may never live to see it. */
  const dieOfDisk = (file: File, life: Life): void => {
    const hasFailed = file.hasFailed && world.faults.crashEveryMs > 0;
    file.hasFailed = false;
    if (!hasFailed || !life.crash || !chaos.chance(FAILING_DISK_DEATH)) return;
    world.fault('crash');
    life.crash();
    throw gone();
  };

  const commit = (file: File, life: Life): void => {
    dieOfDisk(file, life);
    if (chaos.chance(world.faults.flushFailure)) {
      world.fault('flushFailure');
      file.hasFailed = true;
      if (file.units > 1) world.met('failed-flush-with-successors');
      pass('after-failed-flush', life);
      throw new OffshootError('UNAVAILABLE', 'the disk did not flush');
    }
    const { contents } = file;
    passAll(BEFORE_COMMIT[contents]!, life);
    file.database.exec('COMMIT');
    file.history.committed();
    forget(file);
    commits += 1;
    trace.note('commit', file.name, world.now());
    passAll(AFTER_COMMIT[contents]!, life);
  };

  const exec = (file: File, life: Life, sql: string): void => {
    if (!life.alive) throw gone();
    if (sql === 'COMMIT') {
      commit(file, life);
      return;
    }
    if (sql === 'BEGIN IMMEDIATE' || sql === 'ROLLBACK') {
      file.database.exec(sql);
      if (sql === 'ROLLBACK') forget(file);
    } else {
      if (file.writes > 0) pass('between-writes', life);
      file.database.exec(sql);
      if (file.database.inTransaction) file.writes += 1;
    }
    file.history.executed(sql, file.database.inTransaction);
  };

  const prepare = (file: File, life: Life, sql: string): Statement => {
    const statement = file.database.prepare(sql);
    const ready = (): void => {
      if (!life.alive) throw gone();
      if (!life.recalling) return;
      if (!world.dies('during-recall', life)) return;
      world.met('crash-during-recall');
      throw gone();
    };
    return {
      run(...values: SqlValue[]) {
        ready();
        if (file.writes > 0) pass('between-writes', life);
        const result = statement.run(...values);
        const isOpen = file.database.inTransaction;
        file.history.ran(sql, values, isOpen);
        if (isOpen) file.writes += 1;
        return result;
      },
      get(...values) {
        ready();
        return statement.get(...values);
      },
      all(...values) {
        ready();
        return statement.all(...values);
      },
    };
  };

  const made = (name: string, path: string): File => ({
    name,
    path,
    database: slate(path),
    history: history(),
    writes: 0,
    contents: 0,
    units: 0,
    hasFailed: false,
  });

  const loseOne = (file: File): void => {
    const isOpen = file.database.inTransaction;
    if (isOpen) file.database.exec('ROLLBACK');
    const lost = file.history.lost(chaos);
    if (lost) {
      file.database.release();
      file.database = slate(file.path);
      lost.rebuilt(file.database);
    }
    const isTaken = file.units > 0 || (isOpen && file.writes > 0);
    if (isTaken || (lost && lost.groups > 0)) world.fault('lostWrites');
    forget(file);
  };

  return {
    open(path, life) {
      const name = `${life.host}/${path}`;
      const file = files.get(name) ?? made(name, path);
      files.set(name, file);
      return {
        exec: (sql) => exec(file, life, sql),
        prepare: (sql) => {
          if (!life.alive) throw gone();
          return prepare(file, life, sql);
        },
        get inTransaction() {
          return life.alive && file.database.inTransaction;
        },
        close: () => {},
      };
    },
    staging(host, path) {
      const file = files.get(`${host}/${path}`);
      return (change) => {
        if (!file) return;
        file.units += 1;
        file.contents |= contentsOf(change);
      };
    },
    get commits() {
      return commits;
    },
    lose(host) {
      for (const file of files.values()) if (file.name.startsWith(`${host}/`)) loseOne(file);
    },
    restore(host, path) {
      const file = files.get(`${host}/${path}`);
      const epoch = file ? lastEpoch(file.database) : 0;
      if (!file || epoch === 0) return false;
      beginEpoch(file.database, epoch + 1);
      return true;
    },
    copy(host, path) {
      const file = files.get(`${host}/${path}`);
      if (!file || file.units > 0 || file.database.inTransaction) return undefined;
      return copied(file.database);
    },
    putBack(host, path, copy) {
      const { database } = files.get(`${host}/${path}`)!;
      const epoch = lastEpoch(database) + 1;
      putBack(database, copy);
      beginEpoch(database, epoch);
    },
    seal() {
      const inOrder = [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const { name, database } of inOrder)
        database.read((table, rows) => trace.note(name, table, rows));
    },
    close() {
      for (const { database } of files.values()) database.release();
    },
  };
}

/** 0 = this is no store, or not yet. */
function lastEpoch(database: Database): number {
  const has = database.prepare("SELECT 1 AS found FROM sqlite_master WHERE name = 'epochs'").get();
  if (!has) return 0;
  return Number(database.prepare('SELECT max(epoch) AS epoch FROM epochs').get()?.epoch ?? 0);
}
