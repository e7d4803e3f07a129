// Is every byte of a store's file what was written, and what does the file hold?
import { OffshootError } from '../../error/index.ts';
import type { Database, Row } from '../../runtime/index.ts';
import { type Epochs, epochAt, positionAt } from '../epochs.ts';
import type { Position } from '../position.ts';
import { readSchema } from './schema.ts';
import { entrySum, storedEntry } from './stored-entry.ts';

export interface StoreReport {
  readonly identity: string;
  readonly service: string;
  readonly schema: number;
  readonly epochs: Epochs;
  readonly head: Position;
  readonly entries: number;
  /** CRC-32 over the sums of all entries: two stores with the same have the same log. */
  readonly logSum: number;
}

const PAGE = 1_000;

/**
 * Reads the whole file: SQLite's own check of its pages and rows, and of every log entry its place
 * and its sum. Changes nothing. Calls `onEntries` with the number of entries read, every 1,000.
 * @throws STORE_CORRUPT naming the first thing that is wrong; STORE_MISMATCH, STORE_TOO_NEW.
 */
export function inspectStore(
  database: Database,
  crc32: (data: string) => number,
  onEntries: (read: number) => void = () => {},
): StoreReport {
  const facts = readSchema(database);
  const corrupt = (what: string): never => {
    throw new OffshootError('STORE_CORRUPT', `the store of ${facts.service} is damaged: ${what}`);
  };
  const page = database.prepare('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?');
  let last = 0;
  let entries = 0;
  let logSum = 0;

  const take = (row: Row): void => {
    const entry = storedEntry(row);
    if (entries > 0 && entry.seq !== last + 1) corrupt(`entry ${last + 1} is missing`);
    if (entrySum(crc32, entry) !== entry.sum) corrupt(`entry ${entry.seq} does not fit its sum`);
    if (epochAt(facts.epochs, entry.seq) !== entry.epoch)
      corrupt(`entry ${entry.seq} is of epoch ${entry.epoch}, which ended before it`);
    logSum = crc32(`${logSum}:${entry.sum}`);
    last = entry.seq;
    entries += 1;
  };

  try {
    const verdict = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (verdict !== 'ok') corrupt(String(verdict));
    for (let rows = page.all(last, PAGE); rows.length > 0; rows = page.all(last, PAGE)) {
      rows.forEach(take);
      onEntries(entries);
    }
  } catch (cause) {
    if (cause instanceof OffshootError) throw cause;
    corrupt(cause instanceof Error ? cause.message : String(cause));
  }
  return { ...facts, head: positionAt(facts.epochs, last), entries, logSum };
}
