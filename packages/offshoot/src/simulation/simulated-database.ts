// How does a real SQLite database crash, lose its flush and come back, inside one thread?
import { OffshootError } from '../error/index.ts';
import type { Database, Statement } from '../runtime/index.ts';
import { openNodeDatabase } from '../runtime/node/index.ts';
import type { Life, World } from './world.ts';

/** The databases of a world by path: they outlive their hosts. */
export interface Disks {
  open(path: string, life: Life, crash: () => void): Database;
  /** What a crash does to a host's databases: the open transaction never happened. */
  lose(host: string): void;
  /** Adds every byte of every table to the trace. */
  seal(): void;
  close(): void;
}

const gone = () => new OffshootError('UNAVAILABLE', 'this host crashed');

function guarded(statement: Statement, life: Life): Statement {
  const alive = <T>(run: () => T): T => {
    if (!life.alive) throw gone();
    return run();
  };
  return {
    run: (...values) => alive(() => statement.run(...values)),
    get: (...values) => alive(() => statement.get(...values)),
    all: (...values) => alive(() => statement.all(...values)),
  };
}

/**
 * Databases in memory with the SQL of the real ones. A COMMIT may fail, and its host may crash
 * right before it (nothing happened) or right after it (all of it did, and nobody heard).
 */
export function disks(world: World): Disks {
  const files = new Map<string, Database>();
  const { random, trace } = world;

  const commit = (path: string, database: Database, crash: () => void): void => {
    const { faults } = world;
    if (random.chance(faults.flushFailure)) {
      world.fault('flushFailure');
      throw new OffshootError('UNAVAILABLE', 'the disk did not flush');
    }
    if (random.chance(faults.crashAtCommit / 2)) {
      world.fault('crashBeforeCommit');
      crash();
      throw gone();
    }
    database.exec('COMMIT');
    trace.note('commit', path, world.now());
    if (random.chance(faults.crashAtCommit / 2)) {
      world.fault('crashAfterCommit');
      crash();
      throw gone();
    }
  };

  return {
    open(path, life, crash) {
      const name = `${life.host}/${path}`;
      const database = files.get(name) ?? openNodeDatabase(':memory:');
      files.set(name, database);
      return {
        exec(sql) {
          if (!life.alive) throw gone();
          if (sql === 'COMMIT') commit(name, database, crash);
          else database.exec(sql);
        },
        prepare: (sql) => guarded(database.prepare(sql), life),
        get inTransaction() {
          return life.alive && database.inTransaction;
        },
        close: () => {},
      };
    },
    lose(host) {
      for (const [name, database] of files)
        if (name.startsWith(`${host}/`) && database.inTransaction) database.exec('ROLLBACK');
    },
    seal() {
      for (const [name, database] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const tables = database
          .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
          .all();
        for (const { name: table } of tables)
          for (const row of database.prepare(`SELECT * FROM "${table}"`).all())
            trace.note(name, String(table), JSON.stringify(row));
      }
    },
    close() {
      for (const database of files.values()) database.close();
    },
  };
}
