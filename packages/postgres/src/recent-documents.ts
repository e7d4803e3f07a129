// What did the database have a moment ago, so that a unit that runs again needs no question?
import { byDocument } from './by-document.ts';
import type { DocumentState } from './overlay.ts';

export interface Stored {
  /** 0 = there is none. */
  readonly revision: number;
  readonly text: string | undefined;
  /** The transaction that wrote it. A document made again has the revisions that it had before. */
  readonly stamp: string | undefined;
}

export interface RecentDocuments {
  /** As it was read, or as this process has committed it, at most 25 ms ago. */
  get(collection: string, id: string): Stored | undefined;
  /** Now, for `fetched`: what is committed after it is newer than what is read from now on. */
  readonly moment: number;
  /** It was read in a question asked at `moment`. Returns what is newest. */
  fetched(collection: string, id: string, stored: Stored, moment: number): Stored;
  /** This process has committed it. */
  committed(collection: string, id: string, state: DocumentState): void;
  forget(collection: string, id: string): void;
  /** Somebody else has committed, or something never happened. */
  clear(): void;
}

interface Known {
  /** undefined = changed, to what only the database knows. */
  readonly stored: Stored | undefined;
  readonly at: number;
  readonly moment: number;
}

const FRESH_MS = 25;
const ENTRIES_MAX = 2_048;
const CHARACTERS_MAX = 2_000_000;

/**
 * Units that meet on one document conflict, and run again: at once, and then they find here what
 * they need, so that load, decide and stage are one turn and nothing comes between. What is here
 * may be out of date where others write too: then the commit says so, and it is forgotten. At most
 * twice 2,048 documents, or what holds 2,000,000 characters; and none much longer than it is of use,
 * since what is kept for long costs the garbage collector.
 */
export function recentDocuments(monotonic: () => number): RecentDocuments {
  let young = byDocument<Known>();
  let old = byDocument<Known>();
  let moment = 0;
  let entries = 0;
  let characters = 0;
  let turnedAt = 0;
  const find = (collection: string, id: string) =>
    young.get(collection, id) ?? old.get(collection, id);

  const turn = (at: number): void => {
    old = young;
    young = byDocument();
    [entries, characters, turnedAt] = [0, 0, at];
  };

  const keep = (collection: string, id: string, stored: Stored | undefined): void => {
    const at = monotonic();
    if (at - turnedAt >= FRESH_MS) turn(at);
    young.set(collection, id, { stored, at, moment });
    entries += 1;
    characters += stored?.text?.length ?? 0;
    if (entries >= ENTRIES_MAX || characters >= CHARACTERS_MAX) turn(at);
  };

  return {
    get moment() {
      return moment;
    },
    get(collection, id) {
      const known = find(collection, id);
      return known && monotonic() - known.at < FRESH_MS ? known.stored : undefined;
    },
    fetched(collection, id, stored, asked) {
      const known = find(collection, id);
      if (known?.stored && known.moment > asked) return known.stored;
      keep(collection, id, stored);
      return stored;
    },
    committed(collection, id, { revision, text, by: { stamp } }) {
      moment += 1;
      const known = {
        revision: revision ?? 0,
        text,
        stamp: text === undefined ? undefined : stamp,
      };
      keep(collection, id, revision === undefined ? undefined : known);
    },
    forget(collection, id) {
      young.delete(collection, id);
      old.delete(collection, id);
    },
    clear() {
      turn(turnedAt);
      old = byDocument();
    },
  };
}
