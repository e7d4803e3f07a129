// How does one SQLite file keep a service's log and documents, many units to a flush?
import { OffshootError } from '../../error/index.ts';
import type { Database, Runtime } from '../../runtime/index.ts';
import type { Sealer } from '../../security/index.ts';
import type { Collection } from '../collection.ts';
import { positionAt } from '../epochs.ts';
import { fencedOff, leases } from '../lease.ts';
import type { Need } from '../need.ts';
import type { Change, Store } from '../store.ts';
import { documentTable } from './document-table.ts';
import { group } from './group.ts';
import { logTable } from './log-table.ts';
import { openSchema } from './schema.ts';
import { writerFence } from './writer-fence.ts';

export interface SqliteStoreOptions {
  readonly runtime: Runtime;
  /** Opened by `runtime.openDatabase`; this store is its only writer. */
  readonly database: Database;
  readonly service: string;
  readonly sealer: Sealer;
  readonly collections: readonly Collection<any>[];
}

const conflict = (message: string) => new OffshootError('CONFLICT', message);

/** The embedded store. Everything but the flush happens in the caller's turn. */
export function sqliteStore(options: SqliteStoreOptions): Store {
  const { runtime, database, service, sealer } = options;
  const facts = openSchema(database, service, runtime);
  const writer = writerFence(database); // before anything is read that it is to keep
  const log = logTable(database, runtime, sealer, facts.epochs);
  const documents = documentTable(database, sealer, [leases, ...options.collections]);
  const listeners = new Set<() => void>();
  let durable = log.seq;
  let closed = false;

  const commits = group(database, runtime, {
    begun: writer.check,
    flushing() {
      documents.settle();
      log.settle();
    },
    committed() {
      if (durable === log.seq) return;
      durable = log.seq;
      for (const listener of listeners) listener();
    },
    rolledBack() {
      log.takeBack(durable);
      documents.forget();
    },
  });

  const read = (need: Need<any>): any => {
    switch (need.kind) {
      case 'one':
        return documents.get(need.collection, need.id);
      case 'many':
        return need.ids.map((id) => documents.get(need.collection, id));
      case 'where':
        return documents.where(need.collection, need.field, need.value, need.options);
      case 'stream': {
        const events = log.read(need.stream, need.after);
        return { version: events.at(-1)?.version ?? log.version(need.stream), events };
      }
      case 'ended':
        return documents.ended(need.collection, need.before, need.limit);
      case 'clock':
        return runtime.now();
      case 'then':
        return read(need.next(read(need.first)));
      case 'map':
        return need.change(read(need.first));
    }
  };

  /** Throws what is in the way of a change; else the revisions that its documents have now. */
  const check = (change: Change): number[] => {
    for (const fence of change.fences ?? [])
      if (documents.get(leases, fence.name)?.data.fence !== fence.fence) throw fencedOff(fence);
    const revisions = change.documents.map(({ collection, id, expected }) => {
      const revision = documents.revision(collection.name, id);
      if (expected !== undefined && revision !== expected)
        throw conflict(`${collection.name} ${id} is no longer at revision ${expected}`);
      return revision;
    });
    for (const { stream, expected } of change.appends)
      if (expected !== undefined && log.version(stream) !== expected)
        throw conflict(`stream ${stream} is at version ${log.version(stream)}, not ${expected}`);
    return revisions;
  };

  /** All that can fail by one unit's own fault, before the first write of it. */
  const encode = (change: Change) => ({
    documents: change.documents.map((one) => documents.encode(one)),
    events: change.appends.map(({ events }) => events.map((event) => log.encode(event))),
  });

  const write = (change: Change, revisions: number[], encoded: ReturnType<typeof encode>): void => {
    const unit = runtime.id();
    change.appends.forEach(({ stream }, index) => {
      log.write(stream, encoded.events[index]!, unit, change.stamp);
    });
    change.documents.forEach((one, index) => {
      documents.write(one, encoded.documents[index], revisions[index]!);
    });
  };

  const stage: Store['stage'] = (change, basis) => {
    if (closed) throw new OffshootError('DRAINING', `the store of ${service} is closed`);
    if (basis !== commits.failures) throw conflict('a flush failed since this unit was read');
    const revisions = check(change);
    const encoded = encode(change);
    commits.enter();
    try {
      write(change, revisions, encoded);
    } catch (cause) {
      commits.abort(cause); // half a unit is in the transaction: the whole turn rolls back
    }
    const position = positionAt(facts.epochs, log.seq);
    return commits.settled().then(() => ({ position }));
  };

  return {
    ...facts,
    epoch: facts.epochs.at(-1)!.epoch,
    get failures() {
      return commits.failures;
    },
    load: read,
    stage,
    settled: commits.settled,
    head: () => positionAt(facts.epochs, durable),
    readLog: (after, limit, only) => log.page(after, durable, limit, only),
    readFacts: (after, limit) => log.facts(after, durable, limit),
    onDurable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      commits.flush();
      closed = true;
      database.close();
    },
  };
}
