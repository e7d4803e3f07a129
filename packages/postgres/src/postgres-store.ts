// How does a schema of PostgreSQL keep a service's log and documents, for several processes at once?
import { OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import type { Sealer } from 'offshoot/security';
import {
  type Change,
  type Collection,
  type Epochs,
  leases,
  positionAt,
  type Receipt,
  type Store,
} from 'offshoot/store';
import { commitCall } from './commit-function.ts';
import {
  CONNECTION_DEFAULTS,
  type Connection,
  type ConnectionLimits,
  connection,
  type Setup,
} from './connection.ts';
import { type Fields, openFields } from './fields.ts';
import { groupCommit } from './group-commit.ts';
import { groupRequests } from './group-request.ts';
import { ROW_TYPES_QUERY, type RowTypes } from './group-rows.ts';
import { housekeeping } from './housekeeping.ts';
import { indexTexts } from './index-slot.ts';
import { loader } from './loader.ts';
import { logReader } from './log-reader.ts';
import { channelOf, checkSchemaName, migrate } from './migrations.ts';
import { OPENING, refuseMoved } from './move-marks.ts';
import { outboxMover } from './outbox.ts';
import { overlay as newOverlay } from './overlay.ts';
import { ownTail } from './own-tail.ts';
import { readingConnection } from './reading-connection.ts';
import { recentDocuments } from './recent-documents.ts';
import { inSession, onPrimary, sessionSettings } from './session.ts';
import { quoted } from './sql-array.ts';
import { encodeChange, stagedUnit } from './staged-unit.ts';
import { conditionsOf, type ReadNotes, readNotes } from './unit-reads.ts';
import { wakeUp } from './wake-up.ts';

export interface PostgresStoreOptions {
  readonly runtime: Runtime;
  /** `postgres://user:password@host:port/database`, of the primary. */
  readonly url: string;
  readonly service: string;
  /** Where its tables are. @default the service's name, with _ for - */
  readonly schema?: string;
  readonly sealer: Sealer;
  readonly collections: readonly Collection<any>[];
  /** How long to wait for what. @default { statementMs: 10_000, awayMs: 2_000, connectMs: 5_000 } */
  readonly limits?: Partial<ConnectionLimits>;
  /** Milliseconds between looks at the log, for when a call was lost. @default 1_000 */
  readonly pollMs?: number;
}

/** What only tests reach into. */
export interface PostgresStoreInside {
  readonly aheadMs?: () => number;
  /** Gets the connection that commits, to spoil it. */
  readonly onWriter?: (writer: Connection) => Connection;
}

export const POLL_MS = 1_000;
const RESOLVE_MS = 10_000;

const conflict = (message: string) => new OffshootError('CONFLICT', message);

/**
 * Opens a service's store, made at the first start and brought up to this release's schema. Two
 * connections: one commits, one reads and hears of what others committed. Any number of processes
 * may have the same store open.
 * @throws STORE_TOO_NEW, STORE_MISMATCH (another service's), UNAVAILABLE (nobody answers, or the
 * server is a standby), BAD_SETTING
 */
export async function postgresStore(
  options: PostgresStoreOptions,
  inside: PostgresStoreInside = {},
): Promise<Store> {
  const { runtime, service } = options;
  const schema = checkSchemaName(options.schema ?? service.replaceAll('-', '_'));
  const limits = { ...CONNECTION_DEFAULTS, ...options.limits };
  const name = `offshoot ${service} ${schema}`;
  const inner = { ...options, schema };
  const facts = await opened(inner, limits);
  const setup: Setup = async (query) => {
    await onPrimary(query);
    await query(sessionSettings(schema, limits.statementMs));
  };
  const wake = { hear: (_payload: string) => {}, listen: () => {} };
  const shared = { runtime, url: options.url, limits };
  const plain = connection({ ...shared, name: `${name} writer`, setup });
  const writer = inside.onWriter?.(plain) ?? plain;
  const asking = connection({
    ...{ ...shared, name: `${name} reader` },
    async setup(query) {
      await setup(query);
      await query(`LISTEN ${quoted(channelOf(schema))}`);
    },
    onNotice: (payload) => wake.hear(payload),
    onConnected: () => wake.listen(),
  });
  const reader = readingConnection(asking);
  try {
    await Promise.all([writer.ready(), reader.ready()]);
  } catch (error) {
    await Promise.all([writer.close(), reader.close()]);
    throw error;
  }
  return made(inner, inside, { writer, reader, wake }, facts);
}

interface Facts {
  readonly identity: string;
  readonly epochs: Epochs;
  readonly head: number;
  readonly fields: Fields;
  readonly types: RowTypes;
}

interface Connections {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly wake: { hear: (payload: string) => void; listen: () => void };
}

type Inner = PostgresStoreOptions & { readonly schema: string };

/** Everything that has to be known before the first unit. */
async function opened(options: Inner, limits: ConnectionLimits): Promise<Facts> {
  const { runtime, url, service, schema, collections } = options;
  return inSession({ runtime, url, limits }, async (query) => {
    await query(OPENING); // one process at a time; let go with the session
    await migrate(query, schema);
    await query(sessionSettings(schema, limits.statementMs));
    await query(
      `INSERT INTO meta VALUES ('identity', $1), ('service', $2) ON CONFLICT DO NOTHING`,
      [runtime.id(), service],
    );
    const meta = new Map((await query('SELECT name, value FROM meta')) as [string, string][]);
    if (meta.get('service') !== service) {
      const message = `the schema ${schema} is the store of ${meta.get('service')}, not of ${service}`;
      throw new OffshootError('STORE_MISMATCH', message);
    }
    refuseMoved(schema, meta);
    const epochs = await query('SELECT epoch, forked_at FROM epochs ORDER BY epoch');
    const types = await query(ROW_TYPES_QUERY);
    const [head] = await query('SELECT coalesce(max(seq), 0) FROM log');
    return {
      identity: meta.get('identity')!,
      epochs: epochs.map(([epoch, at]) => ({ epoch: Number(epoch), forkedAt: Number(at) })),
      head: Number(head?.[0]),
      types: Object.fromEntries(types.map(([name, oid]) => [name, Number(oid)])),
      fields: await openFields(query, collections, runtime.cryptography),
    };
  });
}

function made(
  options: Inner,
  inside: PostgresStoreInside,
  { writer, reader, wake }: Connections,
  facts: Facts,
): Store {
  const { runtime, service, schema, sealer, collections } = options;
  const { cryptography } = runtime;
  const { fields, epochs } = facts;
  const epoch = epochs.at(-1)!.epoch;
  const at = (seq: number) => positionAt(epochs, seq);
  const encoding = { sealer, cryptography, fields, id: runtime.id };
  const recent = recentDocuments(runtime.monotonic);
  const staged = newOverlay(recent.committed);
  const tail = ownTail(epoch, facts.head, cryptography.crc32);
  let closed = false;

  const waking = wakeUp({
    ...{ runtime, connection: reader, channel: channelOf(schema), seq: facts.head },
    pollMs: options.pollMs ?? POLL_MS,
    onOutbox: () => outbox.wake(),
    // Of this process's own group the commit tells whether others came before it.
    onOthers: () => commits.isFlying || recent.clear(),
  });
  wake.hear = waking.hear;
  wake.listen = waking.look;

  const commits = groupCommit({
    ...{ runtime, connection: writer, overlay: staged, epoch, positionAt: at },
    request: groupRequests(facts.types, cryptography.crc32),
    commit: { name: 'commit', text: commitCall(quoted(schema)) },
    resolve: { name: 'resolve', text: 'SELECT resolve_group_1($1)' },
    fieldCount: () => fields.count,
    async reloadFields(units) {
      await fields.reload((text) => reader.run({ name: 'fields', text }, []));
      for (const { documents } of units)
        for (const one of documents)
          if (one.text !== undefined)
            one.keys = indexTexts(JSON.parse(one.text), fields.of(one.collection), cryptography);
    },
    advance(seq) {
      if (seq > waking.seq) waking.tell(seq);
      waking.advance(seq);
    },
    head: facts.head,
    onCommitted: tail.committed,
    onOthers: recent.clear,
    onRefused(units) {
      for (const { conditions } of units)
        for (const one of conditions)
          if (one.kind === 'document') recent.forget(one.collection, one.id);
          else if (one.kind === 'fence') recent.forget(leases.name, one.name);
    },
    resolveMs: RESOLVE_MS,
  });

  const { load, holds } = loader({
    ...{ runtime, cryptography, connection: reader, sealer, overlay: staged, fields, collections },
    recent,
    settled: commits.settled,
    advance: (seq) => waking.found(seq),
    aheadMs: inside.aheadMs ?? (() => 0),
  });

  const take = (
    change: Change,
    read?: ReadNotes,
    rows: readonly string[] = [],
  ): Promise<Receipt> => {
    const conditions = conditionsOf(staged, change, read);
    const unit = stagedUnit(runtime.id(), change, conditions, encodeChange(change, encoding), rows);
    commits.add(unit);
    return unit.done;
  };

  const stage = (change: Change, basis: number, read?: ReadNotes): Promise<Receipt> => {
    if (closed) throw new OffshootError('DRAINING', `the store of ${service} is closed`);
    if (basis !== commits.failures) throw conflict('a flush failed since this unit was read');
    return take(change, read);
  };

  const outbox = outboxMover({
    ...{ runtime, connection: reader, service },
    async move(changes, rows) {
      await Promise.all(changes.map((change, index) => take(change, undefined, [rows[index]!])));
    },
  });
  outbox.wake();

  const stopClearing = housekeeping(runtime, reader);
  const log = logReader(reader, epochs, tail, cryptography.crc32);

  return {
    ...{ identity: facts.identity, epoch, epochs },
    get failures() {
      return commits.failures;
    },
    load: (need) => load(need),
    stage: (change, basis) => stage(change, basis),
    attempt() {
      const read = readNotes();
      return {
        load: (need) => load(need, read),
        stage: (change, basis) => stage(change, basis, read),
        holds: () => holds(read),
      };
    },
    settled: commits.settled,
    head: () => at(waking.seq),
    readLog: (after, limit, only) => log.page(after, waking.seq, limit, only),
    readFacts: (after, limit) => log.facts(after, waking.seq, limit),
    onDurable: waking.onDurable,
    async close() {
      if (closed) return;
      closed = true;
      outbox.stop();
      await outbox.idle();
      await commits.idle();
      waking.stop();
      stopClearing();
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
