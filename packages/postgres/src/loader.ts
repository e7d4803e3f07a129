// How is what a unit needs read: what is staged from memory, the rest in one question a turn?
import { OffshootError } from 'offshoot/error';
import type { Cryptography, Runtime } from 'offshoot/runtime';
import type { Sealer } from 'offshoot/security';
import type { Collection, Document, Need, StoredEvent, StreamRead } from 'offshoot/store';
import type { Connection, Row, Statement } from './connection.ts';
import { documentReader } from './document-reader.ts';
import type { Fields } from './fields.ts';
import { indexText } from './index-slot.ts';
import type { DocumentState, Overlay } from './overlay.ts';
import type { RecentDocuments, Stored } from './recent-documents.ts';
import type { SeenPage } from './staged-unit.ts';
import type { ReadNotes, UnitReads } from './unit-reads.ts';

export interface LoaderOptions {
  readonly runtime: Runtime;
  readonly cryptography: Cryptography;
  readonly connection: Connection;
  readonly sealer: Sealer;
  readonly overlay: Overlay;
  readonly fields: Fields;
  readonly recent: RecentDocuments;
  readonly collections: readonly Collection<any>[];
  /** Resolves when what is staged now is durable or gone. */
  readonly settled: () => Promise<void>;
  readonly advance: (seq: number) => void;
  /** Added to the database's clock: tests move it. */
  readonly aheadMs: () => number;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const TOP = '\u{10ffff}';

const STREAM: Statement = {
  name: 'stream',
  text: `SELECT version, id, type, schema, at, data FROM log
    WHERE stream = $1 AND version > $2 ORDER BY version`,
};
const TOP_OF_STREAM: Statement = {
  name: 'top',
  text: 'SELECT version, id FROM log WHERE stream = $1 ORDER BY version DESC LIMIT 1',
};
const CLOCK: Statement = {
  name: 'clock',
  text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
};

const pageStatement = (slot: number | undefined, newestFirst: boolean): Statement => ({
  name: `page ${slot} ${newestFirst}`,
  text: `SELECT id, revision, data, xmin::text FROM documents
    WHERE collection = $1 AND id ${newestFirst ? '<' : '>'} $2 ${slot === undefined ? '' : `AND k${slot} = $4`}
    ORDER BY id ${newestFirst ? 'DESC' : ''} LIMIT $3`,
});
const ENDED: Statement = {
  name: 'ended',
  text: `SELECT id, revision FROM documents
    WHERE collection = $1 AND ends < $2 ORDER BY ends, id LIMIT $3`,
};

export interface Loader {
  load(need: Need<any>, reads?: UnitReads): any;
  /** Whether there is a moment when all that the unit was given was so, and committed. */
  holds(read: ReadNotes): Promise<boolean>;
}

type Shape<K extends Need<any>['kind']> = Extract<Need<any>, { kind: K }>;

/** `load` of a unit; what the unit read is noted, to be checked when it commits. */
export function loader(options: LoaderOptions): Loader {
  const { connection, overlay, sealer, cryptography, fields, recent } = options;
  const known = new Map(options.collections.map((one) => [one.name, one]));
  const { read: stored, now: documentsNow, reached } = documentReader(options);

  const opened = (from: Collection<any>, id: string, revision: number, text: string) => {
    const data: unknown = JSON.parse(text);
    const open = from.personal ? sealer.open(data, `${from.name}/${id}`) : data;
    return { id, revision, data: open } satisfies Document<any>;
  };

  const staged = (from: Collection<any>, id: string, state: DocumentState, reads?: UnitReads) => {
    state.by.wasRead = true;
    reads?.document(from.name, id, state.revision!, { by: state.by, state });
    return state.text === undefined ? undefined : opened(from, id, state.revision!, state.text);
  };

  const found = (
    from: Collection<any>,
    id: string,
    { revision, text, source, stamp }: Stored & { readonly source?: object | undefined },
    reads?: UnitReads,
  ) => {
    reads?.document(from.name, id, revision, { source, stamp });
    return text === undefined ? undefined : opened(from, id, revision, text);
  };

  const late = async (from: Collection<any>, id: string, reads?: UnitReads) => {
    for (;;) {
      if (overlay.document(from.name, id)) await options.settled().catch(() => {});
      const read = await stored(from.name, id);
      const state = overlay.document(from.name, id);
      if (state && state.revision === undefined) continue;
      return state ? staged(from, id, state, reads) : found(from, id, read, reads);
    }
  };

  const document = (from: Collection<any>, id: string, reads?: UnitReads) => {
    const state = overlay.document(from.name, id);
    if (state && state.revision !== undefined) return staged(from, id, state, reads);
    // Only for a unit: its commit, or `holds`, finds out when it is not so any more.
    const lately = state || !reads ? undefined : recent.get(from.name, id);
    return lately ? found(from, id, lately, reads) : late(from, id, reads);
  };

  const documents = (from: Collection<any>, ids: readonly string[], reads?: UnitReads) => {
    const found = ids.map((id) => document(from, id, reads));
    return found.some((one) => one instanceof Promise) ? Promise.all(found) : found;
  };

  /** What was staged when it was asked for is in it, and in the database before it is asked. */
  const settledOf = async (name: string): Promise<void> => {
    if (overlay.collection(name)) await options.settled().catch(() => {});
  };

  const page = async (need: Shape<'where'>, reads?: UnitReads) => {
    const { collection: from, field, options: asked } = need;
    const slot = field === undefined ? undefined : fields.of(from.name).get(field);
    if (!known.has(from.name) || (field !== undefined && !from.indexes.includes(field)))
      throw undeclared(`declare the index ${from.name}.${field} in its collection`);
    const newestFirst = asked.newestFirst ?? false;
    const after = asked.after ?? (newestFirst ? TOP : '');
    const limit = Math.min(asked.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
    const value = indexText(need.value, cryptography);
    await settledOf(from.name);
    const values = [from.name, after, limit, ...(slot === undefined ? [] : [value])];
    const answer = connection.run(pageStatement(slot, newestFirst), values);
    const [rows] = await Promise.all([answer, reached()]);
    const found = rows.map(pageRow);
    if (slot === undefined)
      for (const { id, revision, stamp } of found)
        reads?.document(from.name, id, revision, { stamp });
    else
      reads?.page({
        ...{ collection: from.name, slot: newestFirst ? -slot : slot, value, from: after, limit },
        ids: new Set(found.map(({ id }) => id)),
        seen: seenText(found, newestFirst),
      });
    return found.map(({ id, revision, data }) => opened(from, id, revision, data));
  };

  const ended = async ({ collection: from, before, limit }: Shape<'ended'>) => {
    if (!known.has(from.name) || from.ends === undefined)
      throw undeclared(`declare when documents of ${from.name} end`);
    await settledOf(from.name);
    const rows = await connection.run(ENDED, [from.name, before, Math.min(limit, LIMIT_MAX)]);
    return rows.map(([id, revision]) => ({ id: id!, revision: Number(revision) }));
  };

  const stream = async (name: string, after: number, reads?: UnitReads): Promise<StreamRead> => {
    const state = overlay.stream(name); // as of now: what is staged may be gone when the rest is here
    const [rows] = await Promise.all([connection.run(STREAM, [name, after]), reached()]);
    const top =
      rows.at(-1) ?? (after > 0 ? (await connection.run(TOP_OF_STREAM, [name]))[0] : undefined);
    const events = rows.map((row) => storedEvent(row, sealer));
    let version = Number(top?.[0] ?? 0);
    const have = state?.events.findIndex(({ event }) => event.id === top?.[1]) ?? -1;
    for (const { event, by } of state?.events.slice(have + 1) ?? []) {
      by.wasRead = true;
      version += 1;
      const { id, type, schema, at, text } = event;
      if (version > after)
        events.push({ id, type, schema, version, at, data: sealer.open(JSON.parse(text), id) });
    }
    reads?.stream(name, version, state?.by);
    return { version, events };
  };

  const clock = async (): Promise<number> => {
    const [row] = await connection.run(CLOCK, []);
    return Number(row?.[0]) + options.aheadMs();
  };

  const read = (need: Need<any>, reads?: UnitReads): any => {
    switch (need.kind) {
      case 'one':
        return document(need.collection, need.id, reads);
      case 'many':
        return documents(need.collection, need.ids, reads);
      case 'where':
        return page(need, reads);
      case 'stream':
        return stream(need.stream, need.after, reads);
      case 'ended':
        return ended(need);
      case 'clock':
        return clock();
      case 'then': {
        const first = read(need.first, reads);
        if (!(first instanceof Promise)) return read(need.next(first), reads);
        return first.then((value) => read(need.next(value), reads));
      }
      case 'map': {
        const first = read(need.first, reads);
        if (!(first instanceof Promise)) return need.change(first);
        return first.then((value) => need.change(value));
      }
    }
  };
  return {
    load: read,
    async holds(read) {
      if (read.isTorn) return false;
      if (isOneMoment(read)) return true;
      const documents = [...read.documents.values()];
      const [now, streams, pages] = await Promise.all([
        documentsNow(documents),
        Promise.all([...read.streams].map(([name]) => connection.run(TOP_OF_STREAM, [name]))),
        Promise.all(read.pages.map((one) => connection.run(...pageQuestion(one)))),
      ]);
      return (
        documents.every((one, index) => isSame(one, now[index]!)) &&
        [...read.streams.values()].every(
          ({ count }, index) => Number(streams[index]![0]?.[0] ?? 0) === count,
        ) &&
        read.pages.every(
          ({ seen, slot }, index) => seenText(pages[index]!.map(pageRow), slot < 0) === seen,
        )
      );
    },
  };
}

/** One question is one moment, and so is one thing; the rest may have come from several. */
function isOneMoment({ documents, streams, pages }: ReadNotes): boolean {
  const all = [...documents.values()];
  const [first] = all;
  if (streams.size + pages.length > 0) return all.length + streams.size + pages.length === 1;
  if (first === undefined) return true;
  if (all.length === 1 && first.by !== undefined) return true;
  return first.source !== undefined && all.every(({ source }) => source === first.source);
}

/** The same writing, if the transaction is known: revisions begin again after a removal. */
function isSame(
  read: ReadNotes['documents'] extends Map<string, infer R> ? R : never,
  now: Stored,
): boolean {
  const stamp = read.by?.stamp ?? read.stamp;
  if (read.count !== now.revision || read.state?.isPast) return false;
  return read.count === 0 || stamp === undefined || stamp === now.stamp;
}

const pageQuestion = (page: SeenPage): [Statement, (string | number)[]] => [
  pageStatement(Math.abs(page.slot), page.slot < 0),
  [page.collection, page.from, page.limit, page.value],
];

const pageRow = ([id, revision, data, stamp]: Row) => ({
  ...{ id: id!, revision: Number(revision), data: data!, stamp: stamp! },
});

const undeclared = (message: string) => new OffshootError('INTERNAL_ERROR', message);

/** As the commit function says it: by id, whichever way it was read. */
function seenText(
  found: readonly Pick<ReturnType<typeof pageRow>, 'id' | 'revision' | 'stamp'>[],
  newestFirst: boolean,
): string {
  const texts = found.map(({ id, revision, stamp }) => `${id}:${revision}:${stamp}`);
  return (newestFirst ? texts.reverse() : texts).join(' ');
}

function storedEvent(row: Row, sealer: Sealer): StoredEvent {
  const [version, id, type, schema, at, text] = row as readonly string[] as [
    ...[string, string, string, string, string, string],
  ];
  const stored: unknown = JSON.parse(text);
  const data = text.includes('"enc":') ? sealer.open(stored, id) : stored;
  return { id, type, schema: Number(schema), version: Number(version), at: Number(at), data };
}
