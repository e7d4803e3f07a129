// How are entries written to and read from the log table?
import type { EventValue } from '../../contract/index.ts';
import type { Database, Row, Runtime } from '../../runtime/index.ts';
import type { Sealer } from '../../security/index.ts';
import { ENTRY_FORMAT, type Entry } from '../entry.ts';
import { type Epochs, positionAt } from '../epochs.ts';
import type { StoredEvent } from '../need.ts';
import type { Position } from '../position.ts';
import type { FactPage, LogPage, Stamp } from '../store.ts';

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
  write(
    stream: string,
    version: number,
    events: readonly EncodedEvent[],
    unit: string,
    stamp: Stamp,
  ): void;
  read(stream: string, after: number): StoredEvent[];
  page(after: Position, upto: number, limit: number, only?: 'public'): LogPage;
  /** The public entries of a page, with less around them. */
  facts(after: Position, upto: number, limit: number): FactPage;
  /** The last position handed out; may be rolled back with the group. */
  seq: number;
}

const COLUMNS =
  'seq, epoch, format, unit, stream, version, id, type, schema, at, key, correlation, causation, actor, tenant, subject, public, previous_epoch, previous_seq, data, meta, sum';

type Stored = Omit<Entry, 'sum' | 'data' | 'meta'> & { data: string; meta: string };

/** CRC-32 of what is stored, position included: a moved or altered entry does not fit. */
export function entrySum(crc32: (data: string) => number, entry: Stored): number {
  const { epoch, seq, unit, stream, version, id, type, schema, at, key } = entry;
  const { correlation, causation, actor, tenant, subject, previous, data, meta } = entry;
  const parts = [epoch, seq, unit, stream, version, id, type, schema, at, key, correlation];
  const before = previous ? `${previous.epoch}.${previous.seq}` : '';
  parts.push(causation, actor, tenant, subject ?? '', entry.public ? 1 : 0, before, data, meta);
  return crc32(parts.join('\n'));
}

/** A row of the log table as an entry, `data` and `meta` still text. */
export function storedEntry(row: Row): Stored & { readonly sum: number } {
  const previous =
    row.previous_seq === null
      ? {}
      : { previous: { epoch: Number(row.previous_epoch), seq: Number(row.previous_seq) } };
  const {
    format: _format,
    previous_epoch: _epoch,
    previous_seq: _seq,
    subject,
    ...rest
  } = row as unknown as Entry & Record<string, unknown>;
  const whose = subject === null ? {} : { subject: String(subject) };
  return { ...rest, ...whose, ...previous, public: row.public === 1 } as unknown as Stored & {
    sum: number;
  };
}

function toEntry(row: Row): Entry {
  const stored = storedEntry(row);
  return { ...stored, data: JSON.parse(stored.data), meta: JSON.parse(stored.meta) };
}

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
  const headOf = database.prepare('SELECT epoch, seq FROM heads WHERE key = ?');
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

  const previousOf = (event: EventValue): Position | undefined => {
    if (!event.public) return undefined;
    const row = headOf.get(event.key);
    return row && { epoch: Number(row.epoch), seq: Number(row.seq) };
  };

  const writeOne = (event: EventValue, stored: Stored): void => {
    insert.run(
      stored.seq,
      stored.epoch,
      ENTRY_FORMAT,
      stored.unit,
      stored.stream,
      stored.version,
      stored.id,
      stored.type,
      stored.schema,
      stored.at,
      stored.key,
      stored.correlation,
      stored.causation,
      stored.actor,
      stored.tenant,
      stored.subject ?? null,
      stored.public ? 1 : 0,
      stored.previous?.epoch ?? null,
      stored.previous?.seq ?? null,
      stored.data,
      stored.meta,
      entrySum(crc32, stored),
    );
    if (event.public) setHead.run(event.key, epoch, stored.seq);
  };

  const table: LogTable = {
    seq: Number(database.prepare('SELECT max(seq) AS seq FROM log').get()?.seq ?? 0),
    version: (name) => Number(top.get(name)?.version ?? 0),
    encode(event) {
      const id = runtime.id();
      const data = JSON.stringify(sealer.seal(event.data, event.personal, id) ?? null);
      return { event, id, data };
    },
    write(name, version, events, unit, stamp) {
      const { at, correlation, causation, actor, tenant, traceparent } = stamp;
      const meta = JSON.stringify({ traceparent });
      const shared = { epoch, unit, stream: name, at, correlation, causation, actor, tenant, meta };
      for (const { event, id, data } of events) {
        const { type, schema, key } = event;
        const subject =
          event.personal && String((event.data as Record<string, unknown>)[event.personal.subject]);
        const previous = previousOf(event);
        table.seq += 1;
        version += 1;
        const facts = {
          seq: table.seq,
          version,
          id,
          type,
          schema,
          key,
          public: event.public,
          data,
        };
        writeOne(event, {
          ...shared,
          ...facts,
          ...(subject ? { subject } : {}),
          ...(previous ? { previous } : {}),
        });
      }
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
      const rows = (only ? publics : range).all(after.seq, upto, limit);
      const full = rows.length > 0 && rows.length === limit;
      const last = full ? Number(rows.at(-1)?.seq) : upto;
      return { entries: rows.map(toEntry), upto: positionAt(epochs, last) };
    },
    facts(after, upto, limit) {
      if (after.seq >= upto) return { facts: [], upto: positionAt(epochs, upto) };
      const rows = lean.all(after.seq, upto, limit);
      const facts = rows.map((row) => {
        const { seq, epoch, id, type, schema, at, key, correlation, data } = row as any;
        const position: Position = { epoch, seq };
        const isSealed: boolean = data.includes('"enc":');
        return {
          position,
          id,
          type,
          schema,
          at,
          key,
          correlation,
          data: JSON.parse(data),
          isSealed,
        };
      });
      const last = rows.length === limit ? Number(rows.at(-1)?.seq) : upto;
      return { facts, upto: positionAt(epochs, last) };
    },
  };
  return table;
}
