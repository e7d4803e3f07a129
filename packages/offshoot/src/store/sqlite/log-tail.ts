// Which entries were written last, so that whoever follows the log need not read them back?
import type { Entry } from '../entry.ts';
import { entryOf, type Stored } from './stored-entry.ts';

export interface LogTail {
  /** A flush begins: what is older than the one before may go. */
  flushing(): void;
  /** The entry after the one that was pushed last. */
  push(entry: Stored & { readonly sum: number }): void;
  /** A failed flush took back what is above `seq`. */
  cut(seq: number): void;
  /**
   * At most `limit` entries above `after` up to `upto`, oldest first; undefined when the tail does
   * not reach so far back.
   */
  page(after: number, upto: number, limit: number, only?: 'public'): Entry[] | undefined;
}

interface Kept {
  readonly stored: Stored & { readonly sum: number };
  /** Made for the first reader, shared by all. */
  entry: Entry | undefined;
}

const ENTRIES_MAX = 2_048;
const CHARACTERS_MAX = 4_000_000;

/**
 * Keeps what the last flush wrote, or 1,024 to 2,048 entries if that is more; of data not more
 * than 4,000,000 characters.
 */
export function logTail(): LogTail {
  let kept: Kept[] = [];
  let characters = 0;
  let flushed = 0; // entries of flushes before

  const drop = (entries: number): void => {
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
    },
    page(after, upto, limit, only) {
      const first = kept[0]?.stored.seq;
      if (first === undefined || after + 1 < first) return undefined;
      const found: Entry[] = [];
      const end = Math.min(kept.length, upto - first + 1);
      for (let index = after + 1 - first; index < end && found.length < limit; index += 1) {
        const one = kept[index]!;
        if (only && !one.stored.public) continue;
        one.entry ??= entryOf(one.stored);
        found.push(one.entry);
      }
      return found;
    },
  };
}
