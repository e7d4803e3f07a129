// Does the suite find what is wrong with a remote store, and name it?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import {
  failures,
  type RemoteSpoils,
  remoteStoreUnderTest,
  storeConformance,
} from '../../testing/index.ts';
import type { Change, Document, Store } from '../index.ts';
import { type ClientRecord, clients } from './clients.ts';
import type { Exchange, Opened, UnitCall, Wire } from './wire.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-remote-planted-'));
after(() => rmSync(root, { recursive: true, force: true }));
const features = {
  ...{ failedFlush: true, bytes: true, epochs: true },
  ...{ deferred: true, processes: true },
};

/** A wire on which exchanges are changed. */
const sends =
  (change: (asked: Exchange, wire: Wire) => Promise<Exchange> | Exchange) =>
  (wire: Wire): Wire =>
  async (asking) => {
    if (asking.verb !== 'exchange') return wire(asking);
    const body = JSON.stringify(await change(JSON.parse(asking.body), wire));
    return wire({ ...asking, body });
  };

const units = (asked: Exchange, change: (unit: UnitCall) => UnitCall): Exchange => ({
  ...asked,
  calls: asked.calls.map((call) => (call.kind === 'unit' ? change(call) : call)),
});

const spoilt = (store: Store, changes: Partial<Store>): Store =>
  new Proxy(store, {
    get: (target, name) => Reflect.get(changes, name) ?? Reflect.get(target, name),
  });

/** What a store remembers of its clients, kept or changed by somebody else. */
const remembers = (
  store: Store,
  keep: (record: ClientRecord) => ClientRecord | undefined,
  recall: (id: string) => Document<ClientRecord> | undefined = () => undefined,
): Store =>
  spoilt(store, {
    load: (need) =>
      need.kind === 'one' && need.collection.name === clients.name
        ? ((recall(need.id) ?? store.load(need)) as any)
        : store.load(need),
    stage(change: Change, basis) {
      const documents = change.documents.flatMap((one) => {
        if (one.collection.name !== clients.name) return [one];
        const kept = keep(one.data as ClientRecord);
        return kept ? [{ ...one, data: kept }] : [];
      });
      return store.stage({ ...change, documents }, basis);
    },
  });

interface Planted extends RemoteSpoils {
  /** The one check that must fail. */
  readonly foundBy: RegExp;
}

const PLANTED: Readonly<Record<string, Planted>> = {
  'a unit that is another one each time it is sent': {
    wire: sends((asked) => ({ ...asked, client: runtime.id() })),
    foundBy: /a unit that was done and not answered is stored once/,
  },
  'a writer that forgets its clients when it dies': {
    store(store) {
      const known = new Map<string, Document<ClientRecord>>();
      const own = remembers(
        store,
        () => undefined,
        (id) => known.get(id),
      );
      return spoilt(own, {
        stage(change, basis) {
          const found = change.documents.find(({ collection }) => collection === clients);
          if (found) known.set(found.id, { id: found.id, revision: 0, data: found.data });
          return own.stage(change, basis);
        },
      });
    },
    foundBy: /a unit that was durable, and not answered, when the writer died is stored once/,
  },
  'a writer that takes what was given up, or answered long ago': {
    store: (store) => remembers(store, (record) => ({ ...record, floor: 0 })),
    foundBy: /a unit that arrives a second time behind the next one is stored once/,
  },
  'a client that sends nothing again': {
    deadlineMs: 300,
    wire: (wire) => {
      let gone = false;
      return async (asking) => {
        if (gone && asking.verb === 'exchange') return new Promise(() => {});
        try {
          return await wire(asking);
        } catch (error) {
          gone = true;
          throw error;
        }
      };
    },
    foundBy: /a unit that did not arrive is stored once/,
  },
  'a basis that holds for every writer': {
    wire: sends(async (asked, wire) => {
      const text = await wire({ verb: 'open', body: '{"protocol":1}', timeoutMs: 1_000 });
      const { writer } = JSON.parse(text) as Opened;
      return units(asked, (unit) => ({ ...unit, writer }));
    }),
    foundBy: /who read before the writer was another one conflicts/,
  },
  'a unit that does not say what it read': {
    wire: sends((asked) => units(asked, (unit) => ({ ...unit, seen: [] }))),
    foundBy: /what another process changed since a unit read it is a conflict/,
  },
  'reads that do not say what was read before': {
    wire: sends((asked) => ({
      ...asked,
      calls: asked.calls.map((call) => (call.kind === 'read' ? { ...call, seen: [] } : call)),
    })),
    foundBy: /what is read on what was read first is of the same moment/,
  },
  'a writer that tells nobody': {
    wire: (wire) => (asking) => (asking.verb === 'follow' ? new Promise(() => {}) : wire(asking)),
    foundBy: /who listens hears what another process wrote/,
  },
  'a writer that answers before the flush': {
    store: (store) =>
      spoilt(store, {
        stage: (change, basis) => {
          store.stage(change, basis).catch(() => {});
          return Promise.resolve({ position: store.head() });
        },
      }),
    foundBy: /a failed flush rejects everybody/,
  },
};

for (const [defect, { foundBy, ...spoils }] of Object.entries(PLANTED))
  test(`the suite finds ${defect}`, async () => {
    const open = remoteStoreUnderTest(runtime, root, spoils);
    const suite = storeConformance('planted', open, features);
    const named = suite.filter(({ name }) => foundBy.test(name));
    assert.equal(named.length, 1);
    assert.equal((await failures(named)).length, 1);
  });
