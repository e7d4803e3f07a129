// How is what a unit needs read: what is staged from memory, the rest in one question a turn?
import { OffshootError } from 'offshoot/error';
import type { Cryptography, Runtime } from 'offshoot/runtime';
import type { Sealer } from 'offshoot/security';
import type { Collection, Document, Need, StoredEvent, StreamRead } from 'offshoot/store';
import type { Connection, Row, Statement } from './connection.ts';
import type { Fields } from './fields.ts';
import { indexText } from './index-slot.ts';
import type { DocumentState, Overlay } from './overlay.ts';
import type { RecentDocuments, Stored } from './recent-documents.ts';
import { textArray } from './sql-array.ts';
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

const DOCUMENTS: Statement = {
  name: 'documents',
  text: `SELECT NULL, NULL, coalesce(max(seq), 0), NULL FROM log
    UNION ALL SELECT d.collection, d.id, d.revision, d.data
    FROM unnest($1::text[], $2::text[]) u(collection, id)
    JOIN documents d ON d.collection = u.collection AND d.id = u.id`,
};
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
  text: `SELECT id, revision, data FROM documents
    WHERE collection = $1 AND id ${newestFirst ? '<' : '>'} $2 ${slot === undefined ? '' : `AND k${slot} = $4`}
    ORDER BY id ${newestFirst ? 'DESC' : ''} LIMIT $3`,
});
const ENDED: Statement = {
  name: 'ended',
  text: `SELECT id, revision FROM documents
    WHERE collection = $1 AND ends < $2 ORDER BY ends, id LIMIT $3`,
};

const ABSENT: Stored = { revision: 0, text: undefined };

export interface Loader {
  load(need: Need<any>, reads?: UnitReads): any;
  /** Whether what the unit was given without a question is so in the database, too. */
  holds(read: Pick<ReadNotes, 'documents'>): Promise<boolean>;
}

type Shape<K extends Need<any>['kind']> = Extract<Need<any>, { kind: K }>;

/** `load` of a unit; what the unit read is noted, to be checked when it commits. */
export function loader(options: LoaderOptions): Loader {
  const { connection, overlay, sealer, cryptography, fields, recent } = options;
  const known = new Map(options.collections.map((one) => [one.name, one]));
  const { stored, reached } = documentReader(options);

  const opened = (from: Collection<any>, id: string, revision: number, text: string) => {
    const data: unknown = JSON.parse(text);
    const open = from.personal ? sealer.open(data, `${from.name}/${id}`) : data;
    return { id, revision, data: open } satisfies Document<any>;
  };

  const staged = (from: Collection<any>, id: string, state: DocumentState, reads?: UnitReads) => {
    state.by.wasRead = true;
    reads?.document(from.name, id, state.revision!, state.by);
    return state.text === undefined ? undefined : opened(from, id, state.revision!, state.text);
  };

  const found = (
    from: Collection<any>,
    id: string,
    { revision, text }: Stored,
    reads?: UnitReads,
    isRecent = false,
  ) => {
    reads?.document(from.name, id, revision, undefined, isRecent);
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
    return lately ? found(from, id, lately, reads, true) : late(from, id, reads);
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
    const found = rows.map(([id, revision, data]) => ({
      id: id!,
      revision: Number(revision),
      data,
    }));
    if (slot === undefined)
      for (const { id, revision } of found) reads?.document(from.name, id, revision);
    else
      reads?.page({
        ...{ collection: from.name, slot: newestFirst ? -slot : slot, value, from: after, limit },
        ids: new Set(found.map(({ id }) => id)),
        seen: seenText(found, newestFirst),
      });
    return found.map(({ id, revision, data }) => opened(from, id, revision, data!));
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
    async holds({ documents }) {
      const recent = [...documents.values()].filter(({ isRecent }) => isRecent);
      const now = await Promise.all(recent.map(({ collection, id }) => stored(collection, id)));
      return recent.every(({ count }, index) => now[index]!.revision === count);
    },
  };
}

const undeclared = (message: string) => new OffshootError('INTERNAL_ERROR', message);

/** As the commit function says it: by id, whichever way it was read. */
function seenText(
  found: readonly { readonly id: string; readonly revision: number }[],
  newestFirst: boolean,
): string {
  const texts = found.map(({ id, revision }) => `${id}:${revision}`);
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

/** Documents asked for in one turn are one question, and one moment of the database. */
function documentReader({ runtime, connection, advance, recent }: LoaderOptions) {
  type Asked = Map<string, { readonly collection: string; readonly id: string }>;
  let asked: { readonly names: Asked; readonly found: Promise<Map<string, Stored>> } | undefined;

  const ask = async (names: Asked): Promise<Map<string, Stored>> => {
    await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    asked = undefined;
    const all = [...names.values()];
    const values = [
      textArray(all.map(({ collection }) => collection)),
      textArray(all.map(({ id }) => id)),
    ];
    const { moment } = recent;
    const rows = await connection.run(DOCUMENTS, values);
    const found = new Map<string, Stored>();
    for (const [collection, id, number, text] of rows) {
      if (collection === null) advance(Number(number));
      else found.set(`${collection}\0${id}`, { revision: Number(number), text: text! });
    }
    for (const [name, { collection, id }] of names)
      found.set(name, recent.fetched(collection, id, found.get(name) ?? ABSENT, moment));
    return found;
  };

  const batch = () => {
    if (!asked) {
      const names: Asked = new Map();
      asked = { names, found: ask(names) };
    }
    return asked;
  };

  return {
    async stored(collection: string, id: string): Promise<Stored> {
      const name = `${collection}\0${id}`;
      const { names, found } = batch();
      names.set(name, { collection, id });
      return (await found).get(name) ?? ABSENT;
    },
    /** How far the log reached when, or after, whatever was asked before: a position that covers it. */
    async reached(): Promise<void> {
      await batch().found;
    },
  };
}
