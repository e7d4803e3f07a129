// How does a file say that its store has gone elsewhere, or came from elsewhere?
import { OffshootError } from '../../error/index.ts';
import type { Database } from '../../runtime/index.ts';
import type { MoveMark } from '../rows.ts';
import { setApplicationId } from './schema.ts';

const SEALED = 'moved';
const ARRIVED = 'arrived';
const WRITER = 'writer';

interface Sealed extends MoveMark {
  /** What the writer's fence was, for when the seal is taken back. */
  readonly writer: string;
}

const metaOf = (database: Database, name: string): string | undefined => {
  const value = database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value;
  return value === undefined ? undefined : String(value);
};

const set = (database: Database, name: string, value: string): void => {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
};

function transaction(database: Database, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The move that sealed this file, if one has. */
export function sealOf(database: Database): MoveMark | undefined {
  const text = metaOf(database, SEALED);
  return text === undefined ? undefined : (JSON.parse(text) as Sealed);
}

/**
 * Ends the file's life as a store: its writer is FENCED, and no release opens it, because it does not say any more
 * that it is a store. One transaction.
 */
export function sealFile(database: Database, move: MoveMark): void {
  transaction(database, () => {
    const before = sealOf(database);
    if (before?.id === move.id) return;
    if (before) throw new OffshootError('STORE_MISMATCH', `the store is sealed by ${before.id}`);
    const sealed: Sealed = { ...move, writer: metaOf(database, WRITER) ?? '' };
    set(database, SEALED, JSON.stringify(sealed));
    set(database, WRITER, `moved ${move.id}`);
    setApplicationId(database, 'moved');
  });
}

/** Takes the seal of the move `id` back, if that is what seals the file. */
export function unsealFile(database: Database, id: string): void {
  transaction(database, () => {
    const text = metaOf(database, SEALED);
    const sealed = text === undefined ? undefined : (JSON.parse(text) as Sealed);
    if (sealed?.id !== id) return;
    database.prepare('DELETE FROM meta WHERE name = ?').run(SEALED);
    set(database, WRITER, sealed.writer);
    setApplicationId(database, 'store');
  });
}

/** The move that made this file a store. */
export const arrivalOf = (database: Database): string | undefined => metaOf(database, ARRIVED);

/** In one transaction the file is a store. */
export function openForBusiness(database: Database, id: string): void {
  transaction(database, () => {
    set(database, ARRIVED, id);
    setApplicationId(database, 'store');
  });
}
