// What has a unit read, and is all of it still so when it is staged?
import { OffshootError } from 'offshoot/error';
import { type Change, type Fence, fencedOff, type LeaseRecord, leases } from 'offshoot/store';
import type { DocumentState, Overlay } from './overlay.ts';
import type { Condition, SeenPage, Staged } from './staged-unit.ts';

/** What one run of a unit was given. */
export interface UnitReads {
  document(collection: string, id: string, revision: number, from?: DocumentSource): void;
  stream(name: string, version: number, by?: Staged): void;
  page(page: SeenPage): void;
}

export interface DocumentSource {
  /** What was staged when it was read. */
  readonly state?: DocumentState;
  /** The unit, not yet durable, that has made it so. */
  readonly by?: Staged;
  /** The question that it was an answer to: what has the same is of one moment. */
  readonly source?: object | undefined;
  /** The transaction that wrote it. */
  readonly stamp?: string | undefined;
}

interface DocumentName {
  readonly collection: string;
  readonly id: string;
  readonly source: object | undefined;
  readonly stamp: string | undefined;
  readonly state: DocumentState | undefined;
}

interface Seen {
  readonly count: number;
  readonly by: Staged | undefined;
}

/** The same, to be looked at when the unit is staged. */
export interface ReadNotes extends UnitReads {
  readonly documents: Map<string, Seen & DocumentName>;
  readonly streams: Map<string, Seen>;
  readonly pages: SeenPage[];
  isTorn: boolean;
}

const conflict = (message: string) => new OffshootError('CONFLICT', message);

/** Empty notes, for one run of a unit. */
export function readNotes(): ReadNotes {
  const documents: ReadNotes['documents'] = new Map();
  const streams: ReadNotes['streams'] = new Map();
  const same = (before: Seen | undefined, count: number, by: Staged | undefined): boolean =>
    !before || (before.count === count && before.by === by);
  const made: ReadNotes = {
    ...{ documents, streams, pages: [], isTorn: false },
    document(collection, id, count, { by, source, stamp, state } = {}) {
      const name = `${collection}\0${id}`;
      const before = documents.get(name);
      if (!same(before, count, by) || (before && before.stamp !== stamp)) made.isTorn = true;
      documents.set(name, { collection, id, count, by, source, stamp, state });
    },
    stream(name, count, by) {
      if (!same(streams.get(name), count, by)) made.isTorn = true;
      streams.set(name, { count, by });
    },
    page: (page) => void made.pages.push(page),
  };
  return made;
}

/**
 * All that must be so when a change commits: what it expects, and what its unit has read. Reads and
 * writes of a unit are moments apart, and another process, or another unit of this one, may come
 * between: so what was read is a condition of the commit, as what is expected is.
 * @throws CONFLICT or FENCED when something staged since already says otherwise.
 */
export function conditionsOf(overlay: Overlay, change: Change, read?: ReadNotes): Condition[] {
  if (read?.isTorn) throw conflict('what this unit has read changed while it read');
  return [
    ...(change.fences ?? []).map(({ name, fence }) => fenceHolds(overlay, { name, fence })),
    ...change.documents.flatMap(({ collection, id, expected }) =>
      expected === undefined ? [] : [documentHolds(overlay, collection.name, id, expected)],
    ),
    ...change.appends.flatMap(({ stream, expected }) =>
      expected === undefined ? [] : [streamHolds(overlay, stream, expected)],
    ),
    ...[...(read?.documents.values() ?? [])].map((one) =>
      documentHolds(overlay, one.collection, one.id, one.count, one),
    ),
    ...[...(read?.streams ?? [])].map(([name, one]) => streamHolds(overlay, name, one.count, one)),
    ...(read?.pages ?? []).map((one) => pageHolds(overlay, one)),
  ];
}

function documentHolds(
  overlay: Overlay,
  collection: string,
  id: string,
  revision: number,
  read?: Seen & Pick<DocumentSource, 'stamp'>,
): Condition {
  const state = overlay.document(collection, id);
  const isSame = !state || (state.revision === revision && (!read || read.by === state.by));
  if (!isSame || read?.by?.state === 'refused')
    throw conflict(`${collection} ${id} is no longer at revision ${revision}`);
  const after = state?.by ?? read?.by;
  return { kind: 'document', collection, id, revision, stamp: read?.stamp, after };
}

function streamHolds(overlay: Overlay, stream: string, version: number, read?: Seen): Condition {
  const state = overlay.stream(stream);
  const isSame = !state || (state.version === version && (!read || read.by === state.by));
  if (!isSame || read?.by?.state === 'refused')
    throw conflict(`stream ${stream} is no longer at version ${version}`);
  return { kind: 'stream', stream, version, after: state?.by ?? read?.by };
}

function pageHolds(overlay: Overlay, seen: SeenPage): Condition {
  for (const [id, { by }] of overlay.collection(seen.collection) ?? []) {
    const written = by.documents.findLast((one) => one.id === id);
    if (seen.ids.has(id) || written?.keys[Math.abs(seen.slot) - 1] === seen.value)
      throw conflict(`documents of ${seen.collection} have changed since they were read`);
  }
  return { kind: 'page', ...seen };
}

function fenceHolds(overlay: Overlay, fence: Fence): Condition {
  const state = overlay.document(leases.name, fence.name);
  const held = state?.text === undefined ? undefined : (JSON.parse(state.text) as LeaseRecord);
  if (state && held?.fence !== fence.fence) throw fencedOff(fence);
  return { kind: 'fence', ...fence, after: state?.by };
}
