// How do many units become one call of the commit function?
import { type ByDocument, byDocument } from './by-document.ts';
import type { Value } from './connection.ts';
import { contentSum } from './entry-sum.ts';
import { columnTypes, GROUP_LISTS, type GroupList, type RowTypes, rowType } from './group-rows.ts';
import { type RowList, rowList } from './row-list.ts';
import { textArray } from './sql-array.ts';
import type { Condition, Staged, StagedDocument } from './staged-unit.ts';

export interface GroupRequest {
  /** What the commit function wants after the group's id, the epoch and the fields. */
  readonly lists: readonly Value[];
  /** Entries it writes. */
  readonly entries: number;
  /** Which units fall when a condition does not hold: `blamed('c', 3)` for the third document. */
  blamed(kind: string, ordinal: number): readonly Staged[];
}

type Lists = Readonly<Record<GroupList, RowList>>;
type Crc32 = (text: string) => number;

/** Makes requests with the types of one schema; their memory is used again. */
export function groupRequests(
  types: RowTypes,
  crc32: Crc32,
): (units: readonly Staged[]) => GroupRequest {
  const lists = Object.fromEntries(
    GROUP_LISTS.map((list) => [list, rowList(types[rowType(list)] ?? 0, columnTypes(list))]),
  ) as Lists;
  return (units) => {
    const { revisions, versions, outbox, blamed } = conditionsOf(units, lists);
    netDocuments(units, revisions, lists);
    const entries = logEntries(units, versions, lists, crc32);
    const rows = textArray(outbox);
    return { lists: [rows, ...GROUP_LISTS.map((list) => lists[list].take())], entries, blamed };
  };
}

type Of<K extends Condition['kind']> = Extract<Condition, { kind: K }>;

/** What a unit was built on is durable by now, if it is not of its group. */
const stampOf = ({ stamp, after }: Of<'document'>) => after?.stamp ?? stamp;

interface Asked {
  readonly revision: number;
  readonly stamp: string | undefined;
  readonly units: Staged[];
}

/** Each condition is asked once, however many units have it. */
function conditionsOf(units: readonly Staged[], lists: Lists) {
  const revisions = byDocument<Asked>();
  const versions = new Map<string, { readonly version: number; readonly units: Staged[] }>();
  const outbox: string[] = [];
  const blame: Record<string, Staged[][]> = { c: [], s: [], f: [], q: [], o: [] };
  const inGroup = new Set(units);
  const add = (kind: string, unit: Staged): Staged[] => {
    const fallen = [unit];
    blame[kind]!.push(fallen);
    return fallen;
  };
  const document = (one: Of<'document'>, unit: Staged): void => {
    const { collection, id, revision } = one;
    const stamp = stampOf(one);
    const known = revisions.get(collection, id);
    if (known && known.revision === revision && known.stamp === stamp) {
      known.units.push(unit);
      return;
    }
    lists.check.add([collection, id, revision, stamp]);
    revisions.set(collection, id, { revision, stamp, units: add('c', unit) });
  };
  const stream = ({ stream: name, version }: Of<'stream'>, unit: Staged): void => {
    const known = versions.get(name);
    if (known?.version === version) {
      known.units.push(unit);
      return;
    }
    lists.version.add([name, version]);
    versions.set(name, { version, units: add('s', unit) });
  };
  for (const unit of units) {
    for (const one of unit.conditions) {
      if (one.after && inGroup.has(one.after)) continue; // a unit of this group makes it so
      if (one.kind === 'document') document(one, unit);
      else if (one.kind === 'stream') stream(one, unit);
      else if (one.kind === 'fence') {
        lists.fence.add([one.name, one.fence]);
        add('f', unit);
      } else {
        lists.page.add([one.collection, one.slot, one.value, one.from, one.limit, one.seen]);
        add('q', unit);
      }
    }
    for (const row of unit.outbox) {
      outbox.push(row);
      add('o', unit);
    }
  }
  const blamed = (kind: string, ordinal: number) => blame[kind]?.[ordinal - 1] ?? [];
  return { revisions, versions, outbox, blamed };
}

interface Net {
  last: StagedDocument;
  /** Below 0: so many changes above what is stored. */
  revision: number;
  readonly list: 'fresh' | 'changed' | 'written';
}

/** Of a document that changes often in a group, the last state; its revision counts them all. */
function netDocuments(units: readonly Staged[], known: ByDocument<Asked>, lists: Lists): void {
  const found = byDocument<Net>();
  const all: Net[] = [];
  for (const unit of units)
    for (const last of unit.documents) {
      const { collection, id } = last;
      const before = found.get(collection, id);
      if (before) {
        before.revision = next(last, before.revision);
        before.last = last;
        continue;
      }
      const stored = known.get(collection, id)?.revision;
      const list = stored === undefined ? 'written' : stored === 0 ? 'fresh' : 'changed';
      const net: Net = { last, revision: next(last, stored), list };
      found.set(collection, id, net);
      all.push(net);
    }
  for (const { last, revision, list } of all) {
    const { collection, id, text, ends, keys } = last;
    if (text === undefined) lists.removed.add([collection, id]);
    else lists[list].add([collection, id, revision, text, ends, ...keys]);
  }
}

function next({ text }: StagedDocument, before: number | undefined): number {
  if (text === undefined) return 0;
  if (before === undefined) return -1;
  return before < 0 ? before - 1 : before + 1;
}

/** Counts what it adds: a stream's entries in the group, and where the last one of a key is. */
function logEntries(
  units: readonly Staged[],
  versions: ReadonlyMap<string, { readonly version: number }>,
  lists: Lists,
  crc32: Crc32,
): number {
  const counts = new Map<string, number>();
  const heads = new Map<string, number>();
  let entries = 0;
  for (const { unit, change, events } of units) {
    if (events.length === 0) continue;
    const { correlation, causation, actor, tenant, traceparent } = change.stamp;
    const meta = JSON.stringify({ traceparent });
    for (const event of events) {
      entries += 1;
      const { text: data, subject, stream, key, id, type, schema, at } = event;
      const nth = (counts.get(stream) ?? 0) + 1;
      counts.set(stream, nth);
      const previous = event.public ? (heads.get(key) ?? 0) : null;
      if (event.public) heads.set(key, entries);
      const sum = contentSum(crc32, {
        ...{ unit, stream, id, type, schema, at, key, correlation, causation, actor, tenant },
        ...{ subject, public: event.public, data, meta },
      });
      const place = [unit, stream, versions.get(stream)?.version, nth, id, type, schema, at, key];
      lists.entry.add([
        ...place,
        ...[correlation, causation, actor, tenant, subject, previous, data, meta, sum],
      ]);
    }
  }
  for (const [key, nth] of heads) lists.head.add([key, nth]);
  return entries;
}
