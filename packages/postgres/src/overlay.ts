// What do units that are not durable yet make of documents and streams?
import type { Staged, StagedEvent } from './staged-unit.ts';

export interface DocumentState {
  /** undefined = counted from a revision that nobody here knows. */
  readonly revision: number | undefined;
  readonly text: string | undefined;
  readonly by: Staged;
  /** A later unit has changed it, perhaps in the same commit. */
  isPast: boolean;
}

export interface StreamState {
  /** undefined = counted from a version that nobody here knows. */
  readonly version: number | undefined;
  readonly events: readonly { readonly event: StagedEvent; readonly by: Staged }[];
  readonly by: Staged;
}

export interface Overlay {
  document(collection: string, id: string): DocumentState | undefined;
  /** What is staged in a collection, by id; undefined = nothing. */
  collection(name: string): ReadonlyMap<string, DocumentState> | undefined;
  stream(name: string): StreamState | undefined;
  add(unit: Staged): void;
  /** Forgets what is durable now. */
  settle(units: readonly Staged[]): void;
  /** Some never happened: only these are left. */
  rebuild(units: readonly Staged[]): void;
}

/**
 * Staged and in flight, in the order they were staged: what a turn reads of itself. Calls
 * `onSettled` with the last state of a document when it is durable.
 */
export function overlay(
  onSettled: (collection: string, id: string, state: DocumentState) => void = () => {},
): Overlay {
  const collections = new Map<string, Map<string, DocumentState>>();
  const streams = new Map<string, StreamState>();

  const document = (collection: string, id: string) => collections.get(collection)?.get(id);

  const addDocuments = (unit: Staged): void => {
    const first = new Map<string, number>();
    for (const condition of unit.conditions)
      if (condition.kind === 'document')
        first.set(`${condition.collection}\0${condition.id}`, condition.revision);
    for (const { collection, id, text } of unit.documents) {
      const before = document(collection, id);
      const base = before ? before.revision : first.get(`${collection}\0${id}`);
      const revision = text === undefined ? 0 : base === undefined ? undefined : base + 1;
      const states = collections.get(collection) ?? new Map<string, DocumentState>();
      collections.set(collection, states);
      if (before) before.isPast = true;
      states.set(id, { revision, text, by: unit, isPast: false });
    }
  };

  const addEvents = (unit: Staged): void => {
    for (const event of unit.events) {
      const before = streams.get(event.stream);
      const base = before ? before.version : versionIn(unit, event.stream);
      const events = [...(before?.events ?? []), { event, by: unit }];
      const version = base === undefined ? undefined : base + 1;
      streams.set(event.stream, { version, events, by: unit });
    }
  };

  const add = (unit: Staged): void => {
    addDocuments(unit);
    addEvents(unit);
  };

  const settleStream = (name: string): void => {
    const state = streams.get(name);
    if (!state) return;
    const events = state.events.filter(({ by }) => by.state !== 'durable');
    if (events.length === 0) streams.delete(name);
    else streams.set(name, { ...state, events });
  };

  return {
    document,
    collection: (name) => collections.get(name),
    stream: (name) => streams.get(name),
    add,
    settle(units) {
      for (const unit of units) {
        for (const { collection, id } of unit.documents) {
          const states = collections.get(collection);
          const state = states?.get(id);
          if (!states || state?.by !== unit) continue;
          onSettled(collection, id, state);
          states.delete(id);
          if (states.size === 0) collections.delete(collection);
        }
        for (const { stream } of unit.events) settleStream(stream);
      }
    },
    rebuild(units) {
      for (const states of collections.values())
        for (const state of states.values()) state.isPast = true;
      collections.clear();
      streams.clear();
      for (const unit of units) add(unit);
    },
  };
}

function versionIn(unit: Staged, stream: string): number | undefined {
  for (const condition of unit.conditions)
    if (condition.kind === 'stream' && condition.stream === stream) return condition.version;
  return undefined;
}
