// What happened because of one request, in all services, in what order, and what led to what?
import { SAGA_ENTRIES, sagaStream } from './journal.ts';

/** What a story needs of a log entry: any store's, with its service's name. */
export interface StoryEntry {
  readonly service: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly causation: string;
  readonly data: unknown;
}

export interface StoryNode<E extends StoryEntry> {
  readonly entry: E;
  /** What it led to, by time. */
  readonly children: readonly StoryNode<E>[];
}

/**
 * Joins the entries of one correlation id, from the logs of several services, into trees: below
 * each entry what it caused. A saga's steps, and what they did elsewhere, are below its start. An
 * entry whose cause is in none of the logs, a request, is a root. Every entry is in it once.
 */
export function story<E extends StoryEntry>(entries: readonly E[]): readonly StoryNode<E>[] {
  const sorted = [...entries].sort(byTime);
  const nodes = new Map<string, Node<E>>();
  const starts = new Map<string, Node<E>>();
  for (const entry of sorted) {
    if (nodes.has(entry.id)) continue;
    const node = { entry, children: [] };
    nodes.set(entry.id, node);
    if (entry.type === SAGA_ENTRIES.started) starts.set(entry.stream, node);
  }
  const roots: Node<E>[] = [];
  for (const node of nodes.values()) {
    const { causation, stream } = node.entry;
    const own = starts.get(stream);
    const cause =
      own && own !== node ? own : (nodes.get(causation) ?? starts.get(sagaStream(causation)));
    // What is its own cause, or is told before it, is a root: a tree has no circle.
    const isAfter = cause && cause !== node && byTime(cause.entry, node.entry) < 0;
    (isAfter ? cause.children : roots).push(node);
  }
  return roots;
}

interface Node<E extends StoryEntry> {
  readonly entry: E;
  readonly children: Node<E>[];
}

/** Ids grow with time within a process, so they order what one moment holds. */
const byTime = (a: StoryEntry, b: StoryEntry): number =>
  a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id));
