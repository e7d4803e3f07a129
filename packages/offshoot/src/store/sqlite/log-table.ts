// How are entries written to and read from the log table?
import type { EventValue } from '../../contract/index.ts';
import type { Database, Runtime } from '../../runtime/index.ts';
import type { Sealer } from '../../security/index.ts';
import { ENTRY_FORMAT } from '../entry.ts';
import { type Epochs, positionAt } from '../epochs.ts';
import type { StoredEvent } from '../need.ts';
import type { Position } from '../position.ts';
import type { Fact, FactPage, LogPage, Stamp } from '../store.ts';
import { logTail } from './log-tail.ts';
import { recent } from './recent.ts';
import { entryOf, entrySum, type Stored, storedEntry } from './stored-entry.ts';

/** An event with its id, ready to be written: all that can fail by itself is behind it. */
export interface EncodedEvent {
  readonly event: EventValue;
  readonly id: string;
  readonly data: string;
}

export interface LogTable {
  version(stream: string): number;
  /** Seals personal fields. Throws KeyMissing before anything is written. */
  encode(event: EventValue): EncodedEvent;
  write(stream: string, events: readonly EncodedEvent[], unit: string, stamp: Stamp): void;
  read(stream: string, after: number): StoredEvent[];
  page(after: Position, upto: number, limit: number, only?: 'public'): LogPage;
  /** The public entries of a page, with less around them. */
  facts(after: Position, upto: number, limit: number): FactPage;
  /** The last position handed out. */
  readonly seq: number;
  /** Puts what is still to be written into the open transaction. */
  settle(): void;
  /** A failed flush took back what is above `seq`. */
  takeBack(seq: number): void;
}

/** An entry that is being put together. */
type Writing = { -readonly [N in keyof (Stored & { sum: number })]: (Stored & { sum: number })[N] };

const COLUMNS =
  'seq, epoch, format, unit, stream, version, id, type, schema, at, key, correlation, causation, actor, tenant, subject, public, previous_epoch, previous_seq, data, meta, sum';

export function logTable(
  database: Database,
  runtime: Runtime,
  sealer: Sealer,
  epochs: Epochs,
): LogTable {
  const { epoch } = epochs.at(-1)!;
  const places = COLUMNS.split(',')
    .map(() => '?')
    .join(', ');
  const insert = database.prepare(`INSERT INTO log (${COLUMNS}) VALUES (${places})`);
  const top = database.prepare('SELECT max(version) AS version FROM log WHERE stream = ?');
  const head = database.prepare('SELECT epoch, seq FROM heads WHERE key = ?');
  const setHead = database.prepare(
    'INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq',
  );
  // One row of columns for the whole stream: a row and a parse an event take twice as long.
  const stream = database.prepare(
    `SELECT group_concat(data) AS data, group_concat(id) AS ids, group_concat(schema) AS schemas,
       group_concat(at) AS times, group_concat(type, char(30)) AS types, min(version) AS first
     FROM (SELECT id, type, schema, version, at, data FROM log
           WHERE stream = ? AND version > ? ORDER BY version)`,
  );
  const range = database.prepare(
    'SELECT * FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
  );
  const publics = database.prepare(
    'SELECT * FROM log WHERE seq > ? AND seq <= ? AND public = 1 ORDER BY seq LIMIT ?',
  );
  const lean = database.prepare(
    `SELECT seq, epoch, id, type, schema, at, key, correlation, data FROM log
     WHERE seq > ? AND seq <= ? AND public = 1 ORDER BY seq LIMIT ?`,
  );
  const { crc32 } = runtime.cryptography;

  // This store is the file's only writer: what it lately read or wrote is what is there.
  const versions = recent<number>();
  const heads = recent<Position>();
  const newHeads = new Map<string, Position>(); // of this transaction: the last one of a key counts
  let last = Number(database.prepare('SELECT max(seq) AS seq FROM log').get()?.seq ?? 0);

  const tail = logTail(last);

  const versionOf = (name: string): number => {
    const known = versions.get(name);
    if (known !== undefined) return known;
    const found = Number(top.get(name)?.version ?? 0);
    versions.set(name, found);
    return found;
  };

  const headOf = (key: string): Position | undefined => {
    const known = newHeads.get(key) ?? heads.get(key);
    if (known) return known;
    const row = head.get(key);
    return row && { epoch: Number(row.epoch), seq: Number(row.seq) };
  };

  const insertEntry = (entry: Stored, sum: number): void => {
    insert.run(
      entry.seq,
      entry.epoch,
      ENTRY_FORMAT,
      entry.unit,
      entry.stream,
      entry.version,
      entry.id,
      entry.type,
      entry.schema,
      entry.at,
      entry.key,
      entry.correlation,
      entry.causation,
      entry.actor,
      entry.tenant,
      entry.subject ?? null,
      entry.public ? 1 : 0,
      entry.previous?.epoch ?? null,
      entry.previous?.seq ?? null,
      entry.data,
      entry.meta,
      sum,
    );
  };

  const rowsOf = (after: number, upto: number, limit: number, only?: 'public') =>
    (only ? publics : range).all(after, upto, limit).map((row) => entryOf(storedEntry(row)));

  const write = (entry: Writing): void => {
    entry.sum = entrySum(crc32, entry);
    insertEntry(entry, entry.sum);
    if (!entry.public) return;
    newHeads.set(entry.key, { epoch, seq: entry.seq });
    tail.push(entry as Stored & { readonly sum: number });
  };

  return {
    get seq() {
      return last;
    },
    settle() {
      for (const [key, position] of newHeads) {
        setHead.run(key, position.epoch, position.seq);
        heads.set(key, position);
      }
      newHeads.clear();
      tail.flushing();
    },
    takeBack(seq) {
      last = seq;
      tail.cut(seq);
      versions.clear();
      heads.clear();
      newHeads.clear();
    },
    version: versionOf,
    encode(event) {
      const id = runtime.id();
      const data = JSON.stringify(sealer.seal(event.data, event.personal, id) ?? null);
      return { event, id, data };
    },
    write(name, events, unit, stamp) {
      let version = versionOf(name);
      const { at, correlation, causation, actor, tenant, traceparent } = stamp;
      const meta = JSON.stringify({ traceparent });
      for (const { event, id, data } of events) {
        const { type, schema, key, personal } = event;
        last += 1;
        version += 1;
        // One literal: a spread a part would cost as much as the row.
        const entry: Writing = {
          seq: last,
          epoch,
          unit,
          stream: name,
          version,
          id,
          type,
          schema,
          at,
          key,
          correlation,
          causation,
          actor,
          tenant,
          public: event.public,
          data,
          meta,
          sum: 0,
        };
        const subject =
          personal && String((event.data as Record<string, unknown>)[personal.subject]);
        if (subject) entry.subject = subject;
        const previous = event.public ? headOf(key) : undefined;
        if (previous) entry.previous = previous;
        write(entry);
      }
      versions.set(name, version);
    },
    read(name, after) {
      const row = stream.get(name, after);
      if (!row || row.data === null) return [];
      const [ids, schemas, times] = [row.ids, row.schemas, row.times].map((one) =>
        String(one).split(','),
      ) as [string[], string[], string[]];
      const types = String(row.types).split('\x1e');
      const text = String(row.data);
      const isSealed = text.includes('"enc":');
      const stored: unknown[] = JSON.parse(`[${text}]`);
      return stored.map((data, index) => ({
        id: ids[index]!,
        type: types[index]!,
        schema: Number(schemas[index]),
        version: Number(row.first) + index,
        at: Number(times[index]),
        data: isSealed ? sealer.open(data, ids[index]!) : data,
      }));
    },
    page(after, upto, limit, only) {
      if (after.seq >= upto) return { entries: [], upto: positionAt(epochs, upto) };
      const lately = only && tail.page(after.seq, upto, limit);
      const entries = lately ?? rowsOf(after.seq, upto, limit, only);
      const full = entries.length > 0 && entries.length === limit;
      const scanned = full ? entries.at(-1)!.seq : upto;
      return { entries, upto: positionAt(epochs, scanned) };
    },
    facts(after, upto, limit) {
      if (after.seq >= upto) return { facts: [], upto: positionAt(epochs, upto) };
      const facts = lean.all(after.seq, upto, limit) as unknown as Fact[];
      const last = facts.length === limit ? facts.at(-1)!.seq : upto;
      return { facts, upto: positionAt(epochs, last) };
    },
  };
}
