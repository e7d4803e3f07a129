// Does the producer's log still hold what this subscription has seen, or was it restored below that?
import {
  type Epochs,
  forkBelow,
  formatPosition,
  isAfter,
  isInHistory,
  type Position,
} from '../store/index.ts';
import type { FeedPage } from './feed.ts';

/** A subscription has handled what the producer no longer knows. */
export interface Fork {
  /** A position that was handled and is in no history of the producer any more. */
  readonly seen: Position;
  /** Where the histories part: all at or below it is in both. Undefined when nobody can tell. */
  readonly at: Position | undefined;
}

/** Whether two tables of epochs tell one history. */
export const isSameHistory = (a: Epochs, b: Epochs): boolean =>
  a === b || (a.length === b.length && a.at(-1)?.epoch === b.at(-1)?.epoch);

/** Whether `a` was told before `b`: a message that was long on its way. */
export const isOlderHistory = (a: Epochs, b: Epochs): boolean =>
  (a.at(-1)?.epoch ?? 0) < (b.at(-1)?.epoch ?? 0);

/**
 * The fork between what was `seen` and the history that a page belongs to, if there is one. `head`
 * is where the producer's log ends when it is below what was asked for: such a log was put back
 * without a restore.
 */
export function forkOf(
  page: FeedPage,
  head: Position | undefined,
  seen: Iterable<Position>,
): Fork | undefined {
  for (const position of seen) {
    if (!isInHistory(page.epochs, position))
      return { seen: position, at: forkBelow(page.epochs, position) };
    if (head && isAfter(position, head)) return { seen: position, at: head };
  }
  return undefined;
}

/** One sentence for the log, the health page and the person who has to decide. */
export function forkReason(subscription: string, producer: string, { seen, at }: Fork): string {
  const where = at ? `, which now goes on after ${formatPosition(at)} with other events` : '';
  return `FORKED: ${subscription} has handled events of ${producer} up to ${formatPosition(seen)}${where}; see docs/guides/backup.md, then offshoot subscription reset`;
}
