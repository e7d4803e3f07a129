// How is the log read, and may what is read be believed?
import { OffshootError } from 'offshoot/error';
import {
  type Entry,
  type EntryRow,
  type Epochs,
  type Fact,
  type FactPage,
  type LogPage,
  type Position,
  positionAt,
} from 'offshoot/store';
import { entrySum } from 'offshoot/store/sqlite';
import type { Connection, Row, Statement } from './connection.ts';
import { contentSum, storedSum } from './entry-sum.ts';
import type { OwnTail } from './own-tail.ts';

export interface LogReader {
  page(after: Position, upto: number, limit: number, only?: 'public'): LogPage | Promise<LogPage>;
  facts(after: Position, upto: number, limit: number): Promise<FactPage>;
}

export const COLUMNS =
  'seq, epoch, unit, stream, version, id, type, schema, at, key, correlation, causation, actor, tenant, subject, public, previous_epoch, previous_seq, data, meta, sum';
const RANGE = 'FROM log WHERE seq > $1 AND seq <= $2';
const ALL: Statement = {
  name: 'log',
  text: `SELECT ${COLUMNS} ${RANGE} ORDER BY seq LIMIT $3`,
};
const PUBLIC: Statement = {
  name: 'public log',
  text: `SELECT ${COLUMNS} ${RANGE} AND public ORDER BY seq LIMIT $3`,
};
const FACTS: Statement = {
  name: 'facts',
  text: `SELECT seq, epoch, id, type, schema, at, key, correlation, data ${RANGE} AND public ORDER BY seq LIMIT $3`,
};

type Crc32 = (text: string) => number;

/**
 * Only what is durable: up to the head that is known when it is asked. What this process has just
 * committed comes out of its memory.
 */
export function logReader(
  connection: Connection,
  epochs: Epochs,
  tail: OwnTail,
  crc32: Crc32,
): LogReader {
  const end = (found: readonly Position[], upto: number, limit: number): Position =>
    positionAt(epochs, found.length > 0 && found.length === limit ? found.at(-1)!.seq : upto);
  const stored = async (after: number, upto: number, limit: number, only?: 'public') => {
    const rows = await connection.run(only ? PUBLIC : ALL, [after, upto, limit]);
    const entries = rows.map((row) => entryOf(row, crc32));
    return { entries, upto: end(entries, upto, limit) };
  };
  return {
    page(after, upto, limit, only) {
      if (after.seq >= upto) return { entries: [], upto: positionAt(epochs, upto) };
      const lately = only && tail.page(after.seq, upto, limit);
      if (!lately) return stored(after.seq, upto, limit, only);
      return { entries: lately, upto: end(lately, upto, limit) };
    },
    async facts(after, upto, limit) {
      if (after.seq >= upto) return { facts: [], upto: positionAt(epochs, upto) };
      const rows = await connection.run(FACTS, [after.seq, upto, limit]);
      const facts = rows.map(factOf);
      return { facts, upto: end(facts, upto, limit) };
    },
  };
}

function factOf(row: Row): Fact {
  const [seq, epoch, id, type, schema, at, key, correlation, data] = row as readonly string[] & {
    readonly length: 9;
  };
  return {
    ...{ seq: Number(seq), epoch: Number(epoch), id: id!, type: type!, schema: Number(schema) },
    ...{ at: Number(at), key: key!, correlation: correlation!, data: data! },
  };
}

/**
 * An entry as every store hands it out: `sum` is that of decision record 0001, made here, because
 * only the database knew the place; the stored one is checked before.
 * @throws STORE_CORRUPT when a row is not what was written, or not where.
 */
export function entryOf(row: Row, crc32: Crc32): Entry {
  const stored = entryRowOf(row, crc32);
  return { ...stored, data: JSON.parse(stored.data), meta: JSON.parse(stored.meta) };
}

/** An entry as `entryOf` says it, `data` and `meta` still text. Throws what `entryOf` throws. */
export function entryRowOf(row: Row, crc32: Crc32): EntryRow {
  const { entry, fits } = readEntry(row, crc32);
  if (fits) return entry;
  throw new OffshootError('STORE_CORRUPT', `entry ${entry.seq} of the log does not fit its sum`);
}

/** An entry as its row says, and whether that is what was written, where it was written. */
export function readEntry(
  row: Row,
  crc32: Crc32,
): { readonly entry: EntryRow; readonly fits: boolean } {
  const text = (column: number): string => row[column]!;
  const number = (column: number): number => Number(row[column]);
  const content = {
    ...{ unit: text(2), stream: text(3), id: text(5), type: text(6), schema: number(7) },
    ...{ at: number(8), key: text(9), correlation: text(10), causation: text(11) },
    ...{ actor: text(12), tenant: text(13), subject: row[14] ?? undefined },
    ...{ public: row[15] === 't', data: text(18), meta: text(19) },
  };
  const previous = row[17] === null ? {} : { previous: { epoch: number(16), seq: number(17) } };
  const place = { seq: number(0), epoch: number(1), version: number(4), ...previous };
  const fits = storedSum(contentSum(crc32, content), place) === number(20);
  const { subject, ...rest } = content;
  const entry = { ...place, ...rest, ...(subject === undefined ? {} : { subject }) };
  return { entry: { ...entry, sum: entrySum(crc32, entry) }, fits };
}
