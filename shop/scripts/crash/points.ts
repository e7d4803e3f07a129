// At which named points may a real process die, and how does it tell, without a line in the product?
import { basename } from 'node:path';
import type { Broker } from 'offshoot/messaging';
import type { Database, Runtime, SqlValue, Statement } from 'offshoot/runtime';

/**
 * Seen through the runtime door, by the databases that a process opens and what it writes to them,
 * and by the broker. Named as their simulated counterparts where there is one.
 */
export const POINTS = [
  // A group with a client's request in it: nothing of it is on the disk.
  'before-commit',
  // The same, its pages in the write-ahead log, and no commit behind them.
  'between-write-and-flush',
  // All of it is on the disk, and nobody heard.
  'after-commit',
  // The answer is in hand, on its way out.
  'before-answer',
  // A callee has done a saga's step, and its caller has not journaled it.
  'between-effect-and-journal',
  'before-journal',
  'after-journal',
  // An event is durable, and was handed to nobody.
  'between-commit-and-push',
  'before-inbox',
  'after-inbox',
  // While a process that has died before comes back.
  'in-recovery',
] as const;
export type Point = (typeof POINTS)[number];

/** What a process is to do at its point: stand still until it is killed, or tell and go on. */
export type Style = 'held' | 'running';

export interface Arming {
  readonly point: Point;
  /** It takes effect at this passing of the point; 1 = the first. */
  readonly passing: number;
  readonly style: Style;
}

export interface Points {
  readonly runtime: Runtime;
  /** A broker that passes `between-commit-and-push` before it carries a page. */
  broker(broker: Broker): Broker;
  pass(point: Point): void;
  arm(arming: Arming): void;
  /** From now on a start is over: nothing more is recovery. */
  ready(): void;
}

type Content = 'reply' | 'effect' | 'journal' | 'inbox';
type Spill = () => void;

/** What is written shows what it is about, whatever the tables are. */
const SIGNS: readonly (readonly [string, Content])[] = [
  ['offshoot.person_replies', 'reply'],
  ['offshoot.service_replies', 'effect'],
  ['saga/', 'journal'],
  ['offshoot.inbox', 'inbox'],
  ['offshoot_person_replies', 'reply'],
  ['offshoot_service_replies', 'effect'],
  ['offshoot_inbox', 'inbox'],
];

const BEFORE: Readonly<Record<Content, readonly Point[]>> = {
  reply: ['before-commit', 'between-write-and-flush'],
  effect: [],
  journal: ['before-journal'],
  inbox: ['before-inbox'],
};
const AFTER: Readonly<Record<Content, readonly Point[]>> = {
  reply: ['after-commit'],
  effect: ['between-effect-and-journal'],
  journal: ['after-journal'],
  inbox: ['after-inbox'],
};
/** Where pages go to the write-ahead log first: what stands there proves where the process died. */
const SPILLED: ReadonlySet<Point> = new Set([
  'between-write-and-flush',
  'before-journal',
  'before-inbox',
]);
/** A cache of one page: reading all pages pushes the changed ones out, into the log. */
const SPILL = 'PRAGMA cache_size = 1; PRAGMA cache_spill = 1; PRAGMA quick_check(1)';

const asText = (value: SqlValue): string => {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : '';
};

const isStore = (path: string) => path.endsWith('.db') && basename(path) !== 'keyring.db';

export interface PointsOptions {
  /** The service that carries the sagas: its store has the journal, and those of others effects. */
  readonly home: string;
  /** @default none */
  readonly arming?: Arming | undefined;
  /** Called at the armed point; it returns only where the process is to go on. */
  tell(arming: Arming): void;
}

export function points(real: Runtime, { home, arming: first, tell }: PointsOptions): Points {
  let armed = first;
  let left = first?.passing ?? 0;
  let isStarting = true;

  const pass = (point: Point, spill?: Spill): void => {
    if (armed?.point !== point) return;
    left -= 1;
    if (left > 0) return;
    const arming = armed;
    armed = undefined;
    if (SPILLED.has(point)) spill?.();
    tell(arming);
  };

  const door = (path: string, database: Database): Database => {
    const contents = new Set<Content>();
    const foreign = basename(path) === `${home}.db` ? 'effect' : 'journal';
    const note = (text: string): void => {
      for (const [sign, content] of SIGNS)
        if (content !== foreign && text.includes(sign)) contents.add(content);
    };
    const passAll = (found: readonly Content[], of: typeof BEFORE, spill?: Spill) => {
      for (const content of found) for (const point of of[content]) pass(point, spill);
    };
    const recovering = (): void => {
      if (isStarting) pass('in-recovery');
    };
    const commit = (): void => {
      const found = [...contents];
      contents.clear();
      passAll(found, BEFORE, () => database.exec(SPILL));
      database.exec('COMMIT');
      passAll(found, AFTER);
    };
    if (!isStore(path)) return database;
    return {
      exec(sql) {
        recovering();
        if (/^\s*COMMIT\b/i.test(sql)) return commit();
        if (/^\s*ROLLBACK\b/i.test(sql)) contents.clear();
        database.exec(sql);
      },
      prepare: (sql) => watched(database.prepare(sql), sql, { note, recovering, contents }),
      get inTransaction() {
        return database.inTransaction;
      },
      close: () => database.close(),
    };
  };

  return {
    runtime: {
      ...real,
      openDatabase: (path, options) => door(path, real.openDatabase(path, options)),
    },
    broker: (broker) => ({
      ...broker,
      publish(page) {
        if (page.events.length > 0) pass('between-commit-and-push');
        broker.publish(page);
      },
    }),
    pass,
    arm(arming) {
      armed = arming;
      left = arming.passing;
    },
    ready() {
      isStarting = false;
    },
  };
}

interface Watch {
  note(text: string): void;
  recovering(): void;
  readonly contents: Set<Content>;
}

function watched(statement: Statement, sql: string, watch: Watch): Statement {
  const isWrite = /^\s*(INSERT|UPDATE|REPLACE)\b/i.test(sql);
  return {
    run(...values) {
      watch.recovering();
      if (isWrite) {
        watch.note(sql);
        for (const value of values) watch.note(asText(value));
      }
      return statement.run(...values);
    },
    get: (...values) => statement.get(...values),
    all(...values) {
      watch.recovering();
      return statement.all(...values);
    },
  };
}
