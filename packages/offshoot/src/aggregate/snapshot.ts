// How is the state of a long stream had without reading all of it?
import { ERASED, isErased } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import {
  andThen,
  type Collection,
  collection,
  type Document,
  type DocumentChange,
  map,
  type Need,
  one,
  put,
  streamOf,
} from '../store/index.ts';
import { type Folding, fold, type Happened, state, type Versioned } from './decider.ts';

export interface SnapshotPolicy<State> {
  /** Of what: the collection is `<name>.snapshots`. */
  readonly name: string;
  /**
   * Of the state. Raise it whenever `evolve` or the form of the state changes: a snapshot of
   * another version is not read, and the next one replaces it.
   */
  readonly version: number;
  /** Events from one snapshot to the next. @default 100 */
  readonly every?: number;
  /** Fields of the state that are somebody's data; encrypted as in any document. */
  readonly personal?: {
    readonly subject: keyof State & string;
    readonly fields: readonly (keyof State & string)[];
  };
}

/** The document: what the state was after `version` events. */
export interface Snapshot {
  /** Of the stream. */
  readonly version: number;
  readonly stateVersion: number;
  /** Without its personal fields. */
  readonly state: unknown;
  readonly subject: string;
  /** The personal fields, as one value. */
  readonly personal: unknown;
  /** Which fields those are: what reads as erased once they are. */
  readonly fields: readonly string[];
}

export interface Remembered<State> extends Versioned<State> {
  /** The version of the snapshot it was made from; 0 = from all its events. */
  readonly snapshot: number;
}

export interface Snapshots<State> {
  /** Belongs to the service's collections. */
  readonly collection: Collection<Snapshot>;
  /** The state of a stream, from its snapshot and what came after. */
  state(stream: string): Need<Remembered<State>>;
  /** The snapshot to commit together with these events; none when it is not due. */
  taken(
    stream: string,
    before: Remembered<State>,
    events: readonly Happened[],
  ): readonly DocumentChange<Snapshot>[];
}

const EVERY_DEFAULT = 100;

/**
 * Keeps the state of a decider's streams as documents. What `state` yields equals a full replay:
 * the state has to be a JSON value, with the personal data of at most one person. A snapshot is
 * only ever a shortcut: one of another version, or ahead of its stream, is as good as none.
 *
 * @example
 * const kept = snapshots(cart, { name: 'cart', version: 1, every: 50 });
 * // load: { cart: kept.state(stream) }
 * // decide: { appends: [append(stream, events, cart.version)], documents: kept.taken(stream, cart, events) }
 */
export function snapshots<State>(
  of: Folding<State>,
  policy: SnapshotPolicy<State>,
): Snapshots<State> {
  const { name, version: stateVersion, every = EVERY_DEFAULT, personal } = policy;
  if (!Number.isInteger(every) || every < 1)
    badDefinition(`snapshots of ${name}: every ${every} events is never; take 1 or more`);
  const kept = collection<Snapshot>(`${name}.snapshots`, {
    personal: { subject: 'subject', fields: ['personal'] },
  });

  const trusted = (found: Document<Snapshot> | undefined): Snapshot | undefined =>
    found?.data.stateVersion === stateVersion ? found.data : undefined;

  const after = (stream: string, base: Snapshot): Need<Remembered<State>> =>
    andThen(streamOf(stream, base.version), (read) => {
      if (read.version < base.version) return plain(stream); // a snapshot of what never was
      const now = fold(of, read.events, opened<State>(base));
      return value({ state: now, version: read.version, snapshot: base.version });
    });

  return {
    collection: kept,
    state: (stream) =>
      andThen(one(kept, stream), (found) => {
        const base = trusted(found);
        return base ? after(stream, base) : plain(stream);
      }),
    taken(stream, before, events) {
      const version = before.version + events.length;
      if (version - before.snapshot < every) return [];
      const now = fold(of, events, before.state);
      return [put(kept, stream, { version, stateVersion, ...closed(now, personal) })];
    },
  };

  function plain(stream: string): Need<Remembered<State>> {
    return map(state(of, stream), (full) => ({ ...full, snapshot: 0 }));
  }

  /** A need that asks for nothing: documents of no ids. */
  function value<T>(known: T): Need<T> {
    return map({ kind: 'many', collection: kept, ids: [] }, () => known);
  }
}

/** The state as it is stored, its personal fields apart. */
function closed<State>(now: State, personal: SnapshotPolicy<State>['personal']) {
  if (!personal || typeof now !== 'object' || now === null)
    return { state: now, subject: '', personal: null, fields: [] };
  const rest = { ...now } as Record<string, unknown>;
  const apart: Record<string, unknown> = {};
  for (const field of personal.fields) {
    if (rest[field] === undefined || rest[field] === null) continue;
    apart[field] = rest[field];
    delete rest[field];
  }
  const fields = Object.keys(apart);
  const subject = String(rest[personal.subject] ?? '');
  return { state: rest, subject, personal: fields.length > 0 ? apart : null, fields };
}

function opened<State>({ state: stored, personal, fields }: Snapshot): State {
  if (fields.length === 0) return stored as State;
  const apart = isErased(personal)
    ? Object.fromEntries(fields.map((field) => [field, ERASED]))
    : personal;
  return { ...(stored as object), ...(apart as object) } as State;
}
