// What is the whole story of a request, an order, or anything with an id?
import type { Runtime } from '../runtime/index.ts';
import { type StoryNode, story } from '../saga/index.ts';
import type { Keyring } from '../security/index.ts';
import type { RunningService } from '../service/index.ts';
import { type EntryFilter, type EventLog, eventLog, type ShownEntry } from './event-log.ts';
import type { OperatorVerbs } from './operator-door.ts';

export interface StoryVerbsParts {
  readonly runtime: Runtime;
  readonly services: readonly RunningService[];
  readonly keyring: Pick<Keyring, 'find'>;
}

export interface ToldStory {
  /** Of all that it is about: a request has one, an order one for each request about it. */
  readonly correlations: readonly string[];
  readonly roots: readonly StoryNode<ShownEntry>[];
  readonly entries: number;
  /** Whether there is more than was read. */
  readonly isCut: boolean;
}

/** Entries of one story. */
const ENTRIES_MAX = 2_000;
/** Each looks at 20,000 entries: a log is searched for ten million of them at most. */
const SEARCHES_MAX = 500;
const CORRELATIONS_MAX = 10;

/**
 * `story { id }`: the trees of all entries of a correlation id; where no entry has it for its
 * correlation, of the first ten correlations of the entries about that id.
 */
export function storyVerbs({ runtime, services, keyring }: StoryVerbsParts): OperatorVerbs {
  const logs = services.map((one) => eventLog(one, { runtime, keyring }));

  const all = async (id: string, filter: EntryFilter): Promise<Told> => {
    const found = await Promise.all(logs.map((log) => searched(log, id, filter)));
    const entries = found.flatMap((one) => one.entries);
    return { entries, isCut: found.some((one) => one.isCut) };
  };

  return {
    async story({ id }: { readonly id: string }): Promise<ToldStory> {
      const direct = await all(id, { correlation: id });
      if (direct.entries.length > 0) return told([id], [direct]);
      const about = await all(id, { about: id });
      const byAge = [...about.entries].sort((a, b) => a.at - b.at);
      const correlations = [...new Set(byAge.map(({ correlation }) => correlation))];
      const shown = correlations.slice(0, CORRELATIONS_MAX);
      const parts = await Promise.all(shown.map((one) => all(one, { correlation: one })));
      const isCut = about.isCut || shown.length < correlations.length;
      return told(shown, [{ entries: [], isCut }, ...parts]);
    },
  };
}

interface Told {
  readonly entries: readonly ShownEntry[];
  readonly isCut: boolean;
}

async function searched(log: EventLog, id: string, filter: EntryFilter): Promise<Told> {
  const entries: ShownEntry[] = [];
  let at = await log.startFor(id);
  for (let searches = 0; searches < SEARCHES_MAX; searches += 1) {
    const found = await log.forward(at, filter, ENTRIES_MAX - entries.length);
    entries.push(...found.entries);
    if (found.isEnd) return { entries, isCut: false };
    if (entries.length >= ENTRIES_MAX) break;
    at = found.at;
  }
  return { entries, isCut: true };
}

function told(correlations: readonly string[], parts: readonly Told[]): ToldStory {
  const entries = parts.flatMap((one) => one.entries);
  const isCut = entries.length > ENTRIES_MAX || parts.some((one) => one.isCut);
  const kept = entries.sort((a, b) => a.at - b.at).slice(0, ENTRIES_MAX);
  return { correlations, roots: story(kept), entries: kept.length, isCut };
}
