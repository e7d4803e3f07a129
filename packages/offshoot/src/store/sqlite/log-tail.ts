// Which public entries were written last, so that who follows them need not read them back?
import type { Entry } from '../entry.ts';
import { entryOf, type Stored } from './stored-entry.ts';

export interface LogTail {
  /** A flush begins: what is older than the one before may go. */
  flushing(): void;
  /** A public entry after all that were pushed before. */
  push(entry: Stored & { readonly sum: number }): void;
  /** A failed flush took back what is above `seq`. */
  cut(seq: number): void;
  /**
   * At most `limit` public entries above `after` up to `upto`, oldest first; undefined when the
   * tail does not reach so far back.
   */
  page(after: number, upto: number, limit: number): Entry[] | undefined;
}

interface Kept {
  readonly stored: Stored & { readonly sum: number };
  /** Made for the first reader, shared by all. */
  entry: Entry | undefined;
}

const ENTRIES_MAX = 2_048;
const CHARACTERS_MAX = 4_000_000;

/**
 * Of the public entries above `from` it keeps what the last flush wrote, or 1,024 to 2,048 if that
 * is more; of data not more than 4,000,000 characters.
 */
export function logTail(from: number): LogTail {
  let kept: Kept[] = [];
  let complete = from; // every public entry above it is kept
  let characters = 0;
  let flushed = 0; // entries of flushes before

  const drop = (entries: number): void => {
    complete = kept[entries - 1]?.stored.seq ?? complete;
    kept = kept.slice(entries);
    flushed = Math.max(0, flushed - entries);
    characters = kept.reduce((sum, { stored }) => sum + stored.data.length, 0);
  };

  return {
    flushing() {
      if (kept.length > ENTRIES_MAX) drop(Math.min(flushed, kept.length - ENTRIES_MAX / 2));
      flushed = kept.length;
    },
    push(stored) {
      kept.push({ stored, entry: undefined });
      characters += stored.data.length;
      if (characters > CHARACTERS_MAX) drop(Math.ceil(kept.length / 2));
    },
    cut(seq) {
      while (kept.length > 0 && kept.at(-1)!.stored.seq > seq) kept.pop();
      flushed = Math.min(flushed, kept.length);
      complete = Math.min(complete, seq); // those that made room for what never happened
    },
    page(after, upto, limit) {
      if (after < complete) return undefined;
      let index = kept.length;
      while (index > 0 && kept[index - 1]!.stored.seq > after) index -= 1;
      const found: Entry[] = [];
      for (; index < kept.length && found.length < limit; index += 1) {
        const one = kept[index]!;
        if (one.stored.seq > upto) break;
        one.entry ??= entryOf(one.stored);
        found.push(one.entry);
      }
      return found;
    },
  };
}
