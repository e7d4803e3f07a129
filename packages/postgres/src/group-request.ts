// How do many units become one call of the commit function?
import type { Entry } from 'offshoot/store';
import { contentSum } from './entry-sum.ts';
import { SLOTS } from './index-slot.ts';
import { plainArray, textArray } from './sql-array.ts';
import type { Condition, Staged, StagedDocument } from './staged-unit.ts';

export type Value = string | number | null;

export interface GroupRequest {
  /** What the commit function wants after the group's id, the epoch and the fields. */
  readonly lists: readonly Value[];
  /** Entries it writes. */
  readonly entries: number;
  /** Which units fall when a condition does not hold: `blamed('c', 3)` for the third document. */
  blamed(kind: string, ordinal: number): readonly Staged[];
}

/** One list of conditions: each asked once, however many units have it. */
function conditionList<T>() {
  const rows: T[] = [];
  const units: Staged[][] = [];
  const places = new Map<string, number>();
  return {
    rows,
    blamed: (ordinal: number): readonly Staged[] => units[ordinal - 1] ?? [],
    add(name: string, row: T, unit: Staged): void {
      const known = places.get(name);
      if (known !== undefined) {
        units[known]!.push(unit);
        return;
      }
      places.set(name, rows.length);
      rows.push(row);
      units.push([unit]);
    },
  };
}

type Of<K extends Condition['kind']> = Extract<Condition, { kind: K }>;

/** What a unit was built on is durable by now, if it is not of its group. */
const stampOf = ({ stamp, after }: Of<'document'>) => after?.stamp ?? stamp;

function conditionsOf(units: readonly Staged[]) {
  const documents = conditionList<Of<'document'>>();
  const streams = conditionList<Of<'stream'>>();
  const fences = conditionList<Of<'fence'>>();
  const pages = conditionList<Of<'page'>>();
  const outbox = conditionList<string>();
  const inGroup = new Set(units);
  for (const unit of units) {
    for (const one of unit.conditions) {
      if (one.after && inGroup.has(one.after)) continue; // a unit of this group makes it so
      if (one.kind === 'document')
        documents.add(`${one.collection}\0${one.id}\0${one.revision}\0${stampOf(one)}`, one, unit);
      else if (one.kind === 'stream') streams.add(`${one.stream}\0${one.version}`, one, unit);
      else if (one.kind === 'fence') fences.add(`${one.name}\0${one.fence}`, one, unit);
      else pages.add(String(pages.rows.length), one, unit);
    }
    for (const row of unit.outbox) outbox.add(row, row, unit);
  }
  return { documents, streams, fences, pages, outbox };
}

interface Net {
  readonly last: StagedDocument;
  /** Below 0: so many changes above what is stored. */
  readonly revision: number;
}

/** Of a document that changes often in a group, the last state; its revision counts them all. */
function netDocuments(units: readonly Staged[], known: ReadonlyMap<string, number>): Net[] {
  const net = new Map<string, Net>();
  for (const unit of units)
    for (const last of unit.documents) {
      const name = `${last.collection}\0${last.id}`;
      const before = net.get(name)?.revision ?? known.get(name);
      let revision = 0;
      if (last.text !== undefined && before === undefined) revision = -1;
      else if (last.text !== undefined) revision = before! < 0 ? before! - 1 : before! + 1;
      net.set(name, { last, revision });
    }
  return [...net.values()];
}

export function groupRequest(
  units: readonly Staged[],
  crc32: (text: string) => number,
): GroupRequest {
  const { documents, streams, fences, pages, outbox } = conditionsOf(units);
  const revisions = new Map(
    documents.rows.map((one) => [`${one.collection}\0${one.id}`, one.revision]),
  );
  const versions = new Map(streams.rows.map((one) => [one.stream, one.version]));
  const net = netDocuments(units, revisions);
  const log = logLists(units, versions, crc32);
  const lists = [
    textArray(documents.rows.map((one) => one.collection)),
    textArray(documents.rows.map((one) => one.id)),
    plainArray(documents.rows.map((one) => one.revision)),
    textArray(documents.rows.map(stampOf)),
    textArray(streams.rows.map((one) => one.stream)),
    plainArray(streams.rows.map((one) => one.version)),
    textArray(fences.rows.map((one) => one.name)),
    plainArray(fences.rows.map((one) => one.fence)),
    textArray(pages.rows.map((one) => one.collection)),
    plainArray(pages.rows.map((one) => one.slot)),
    textArray(pages.rows.map((one) => one.value)),
    textArray(pages.rows.map((one) => one.from)),
    plainArray(pages.rows.map((one) => one.limit)),
    textArray(pages.rows.map((one) => one.seen)),
    textArray(outbox.rows),
    ...documentLists(net),
    ...log.lists,
  ];
  const blame: Readonly<Record<string, { blamed(ordinal: number): readonly Staged[] }>> = {
    ...{ c: documents, s: streams, f: fences, q: pages, o: outbox },
  };
  return {
    lists,
    entries: log.entries,
    blamed: (kind, ordinal) => blame[kind]?.blamed(ordinal) ?? [],
  };
}

function documentLists(net: readonly Net[]): Value[] {
  const gone = net.filter(({ last }) => last.text === undefined).map(({ last }) => last);
  const kept = net.filter(({ last }) => last.text !== undefined);
  return [
    textArray(gone.map((one) => one.collection)),
    textArray(gone.map((one) => one.id)),
    textArray(kept.map(({ last }) => last.collection)),
    textArray(kept.map(({ last }) => last.id)),
    plainArray(kept.map(({ revision }) => revision)),
    textArray(kept.map(({ last }) => last.text)),
    plainArray(kept.map(({ last }) => last.ends)),
    ...SLOTS.map((slot) => textArray(kept.map(({ last }) => last.keys[slot - 1]))),
  ];
}

/** The columns that the log's entries are sent in, in the order of the function. */
interface Columns {
  readonly texts: Readonly<
    Record<
      | 'unit'
      | 'stream'
      | 'id'
      | 'type'
      | 'key'
      | 'correlation'
      | 'causation'
      | 'actor'
      | 'tenant'
      | 'data'
      | 'meta',
      string[]
    >
  >;
  readonly subject: (string | undefined)[];
  readonly base: (number | undefined)[];
  readonly nth: number[];
  readonly schema: number[];
  readonly at: number[];
  readonly prev: (number | null)[];
  readonly sum: number[];
}

const columns = (): Columns => ({
  texts: {
    ...{ unit: [], stream: [], id: [], type: [], key: [], correlation: [], causation: [] },
    ...{ actor: [], tenant: [], data: [], meta: [] },
  },
  ...{ subject: [], base: [], nth: [], schema: [], at: [], prev: [], sum: [] },
});

function logLists(
  units: readonly Staged[],
  versions: ReadonlyMap<string, number>,
  crc32: (text: string) => number,
): { readonly lists: Value[]; readonly entries: number } {
  const to = columns();
  const counts = new Map<string, number>();
  const heads = new Map<string, number>();
  let entries = 0;
  for (const unit of units) {
    const { correlation, causation, actor, tenant, traceparent } = unit.change.stamp;
    const shared = { unit: unit.unit, correlation, causation, actor, tenant };
    const meta = JSON.stringify({ traceparent });
    for (const event of unit.events) {
      entries += 1;
      const { text: data, subject, stream, key } = event;
      const { id, type, schema, at } = event;
      const said = { ...shared, stream, id, type, key, data, meta };
      for (const name of Object.keys(to.texts) as (keyof Columns['texts'])[])
        to.texts[name].push(said[name]);
      const nth = (counts.get(stream) ?? 0) + 1;
      counts.set(stream, nth);
      to.nth.push(nth);
      to.base.push(versions.get(stream));
      to.subject.push(subject);
      to.schema.push(schema);
      to.at.push(at);
      to.prev.push(event.public ? (heads.get(key) ?? 0) : null);
      if (event.public) heads.set(key, entries);
      to.sum.push(contentSum(crc32, { ...said, schema, at, subject, public: event.public }));
    }
  }
  return { lists: [...logColumns(to), ...headColumns(heads)], entries };
}

function logColumns({ texts, ...to }: Columns): Value[] {
  return [
    ...[textArray(texts.unit), textArray(texts.stream), plainArray(to.base), plainArray(to.nth)],
    ...[textArray(texts.id), textArray(texts.type), plainArray(to.schema), plainArray(to.at)],
    ...[textArray(texts.key), textArray(texts.correlation), textArray(texts.causation)],
    ...[textArray(texts.actor), textArray(texts.tenant), textArray(to.subject)],
    ...[plainArray(to.prev), textArray(texts.data), textArray(texts.meta), plainArray(to.sum)],
  ];
}

const headColumns = (heads: ReadonlyMap<Entry['key'], number>): Value[] => [
  textArray([...heads.keys()]),
  plainArray([...heads.values()]),
];
