// How does a world get a database without paying for tables and statements once more?
import type { Database, SqlValue, Statement } from '../runtime/index.ts';
import { openNodeDatabase } from '../runtime/node/index.ts';

/** A database in memory that is empty at first; when its world is over, another may wipe it. */
export interface Slate extends Database {
  /** Prepared once, whoever asks. */
  prepare(sql: string): Statement;
  /** Tells every table that has rows, and all of them as one text. */
  read(each: (table: string, rows: string) => void): void;
  /** Its world is over: another may have it. */
  release(): void;
}

interface Table {
  readonly name: string;
  /** One row of text, put together by SQLite: objects for every row would cost far more. */
  readonly rows: Statement;
  readonly wipe: Statement;
}

/** What is kept of a slate from world to world. */
interface Kept {
  readonly database: Database;
  readonly statements: Map<string, Statement>;
  /** Statements whose tables and indexes are there. */
  readonly made: Set<string>;
  /** Views that are there, and what made them. */
  views: Map<string, string>;
  /** As far as they are known since something was made. */
  tables: readonly Table[] | undefined;
  /** Something was dropped or altered: nobody knows what is there. */
  isSpoilt: boolean;
}

const SPARE_MAX = 64;
/** By name: the same service makes the same tables. */
const spare = new Map<string, Kept[]>();

const MAKES = /^\s*CREATE (UNIQUE )?(TABLE|INDEX)\b/i;
const CHANGES = /\b(CREATE|DROP|ALTER|VACUUM|ANALYZE)\b/i;
const VIEW = /^\s*(CREATE|DROP) VIEW (?:IF (?:NOT )?EXISTS )?"?([\w.]+)"?/i;
const NAMED = /CREATE (?:UNIQUE )?(?:TABLE|INDEX) (?:IF NOT EXISTS )?"?([\w.]+)"?/gi;
const LISTS = /\bsqlite_(schema|master)\b/i;
const onlyMakes = (sql: string): boolean =>
  sql.split(';').every((one) => one.trim() === '' || MAKES.test(one));

function kept(name: string): Kept {
  const known = spare.get(name)?.pop();
  if (known) return known;
  const database = openNodeDatabase(':memory:');
  return {
    ...{ database, statements: new Map(), made: new Set(), views: new Map() },
    tables: undefined,
    isSpoilt: false,
  };
}

function tablesOf(own: Kept): readonly Table[] {
  if (own.tables) return own.tables;
  const { database } = own;
  const names = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all();
  const columnsOf = database.prepare('SELECT name FROM pragma_table_info(?)');
  own.tables = names.map((row) => {
    const name = String(row.name);
    const line = columnsOf.all(name).map((column) => `quote("${column.name}")`);
    const text = `group_concat(${line.join(" || ',' || ")}, char(10))`;
    const rows = database.prepare(`SELECT ${text} AS text FROM "${name}"`);
    return { name, rows, wipe: database.prepare(`DELETE FROM "${name}"`) };
  });
  return own.tables;
}

/** Every row goes. The mark of a store in the header stays: with no version, it is a new one. */
function wipe(own: Kept): void {
  for (const { wipe: all } of tablesOf(own)) all.run();
  own.database.exec('PRAGMA user_version = 0');
}

/**
 * An empty database. What is made in it a second time by the same statement, in a later world, is
 * there already; to whoever makes it that looks like new. Give it back with `release`.
 */
export function slate(name: string): Slate {
  const own = kept(name);
  const { database, statements, made } = own;
  /** Made in this world; what the open transaction made, and what of it was not there before. */
  const here = new Set<string>();
  /** Names of what was made in this world: only these are told to who asks what there is. */
  let names = new Set<string>();
  let before: { readonly names: Set<string>; readonly views: Map<string, string> } | undefined;
  let open: string[] = [];
  let fresh: string[] = [];

  const make = (sql: string): void => {
    const isThere = made.has(sql) && !here.has(sql);
    if (!isThere) {
      database.exec(sql);
      own.tables = undefined;
    }
    if (database.inTransaction) {
      open.push(sql);
      if (!isThere) fresh.push(sql);
    }
    remember();
    for (const [, name] of sql.matchAll(NAMED)) names.add(name!);
    here.add(sql);
    made.add(sql);
  };

  const ended = (isUndone: boolean): void => {
    if (isUndone) {
      names = before?.names ?? names;
      own.views = before?.views ?? own.views;
      for (const sql of open) here.delete(sql);
      for (const sql of fresh) made.delete(sql);
      own.tables = undefined;
    }
    before = undefined;
    open = [];
    fresh = [];
  };

  /** Before the first name of the open transaction. */
  const remember = (): void => {
    if (database.inTransaction) before ??= { names: new Set(names), views: new Map(own.views) };
  };

  /** One that is dropped is there until it is made in another way: nobody is told of it. */
  const view = (what: string, name: string, sql: string): void => {
    remember();
    names.delete(name);
    if (what.toUpperCase() === 'DROP') return;
    names.add(name);
    if (own.views.get(name) === sql) return;
    database.exec(`DROP VIEW IF EXISTS "${name}"`);
    database.exec(sql);
    own.views.set(name, sql);
  };

  /** What was made in an earlier world is not told: rows without a name are told as they are. */
  const listing = (statement: Statement): Statement => {
    const told = (values: readonly SqlValue[]) =>
      statement.all(...values).filter(({ name }) => name === undefined || names.has(String(name)));
    return {
      run: (...values) => statement.run(...values),
      get: (...values) => told(values)[0],
      all: (...values) => told(values),
    };
  };

  const spoil = (): void => {
    own.isSpoilt = true;
    own.tables = undefined;
  };

  const prepare = (sql: string): Statement =>
    LISTS.test(sql) ? listing(prepared(sql)) : prepared(sql);

  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known) return known;
    if (CHANGES.test(sql)) spoil();
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    prepare,
    exec(sql) {
      if (sql === 'BEGIN IMMEDIATE') prepared(sql).run();
      else if (sql === 'COMMIT' || sql === 'END' || sql === 'ROLLBACK') {
        prepared(sql).run();
        if (open.length > 0 || before) ended(sql === 'ROLLBACK');
      } else if (here.has(sql) && sql.includes('IF NOT EXISTS')) return;
      else if (VIEW.test(sql)) {
        const [, what, name] = VIEW.exec(sql)!;
        view(what!, name!, sql);
      } else if (CHANGES.test(sql) && onlyMakes(sql)) make(sql);
      else {
        if (CHANGES.test(sql)) spoil();
        database.exec(sql);
      }
    },
    get inTransaction() {
      return database.inTransaction;
    },
    close: () => database.close(),
    read(each) {
      if (own.isSpoilt) own.tables = undefined;
      for (const { name: table, rows } of tablesOf(own)) {
        const text = rows.get()?.text;
        if (text) each(table, String(text));
      }
    },
    release() {
      const others = spare.get(name) ?? [];
      spare.set(name, others);
      if (database.inTransaction) {
        database.exec('ROLLBACK');
        if (open.length > 0 || before) ended(true);
      }
      if (own.isSpoilt || others.length > 1 || spare.size > SPARE_MAX) {
        database.close();
        return;
      }
      wipe(own);
      others.push(own);
    },
  };
}
