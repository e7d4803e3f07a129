// Does the conformance suite find what is wrong with a store, and name it?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { failures, sqliteStoreUnderTest, storeConformance } from '../../testing/index.ts';
import type { Change, LogPage, Store } from '../index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-planted-'));
after(() => rmSync(root, { recursive: true, force: true }));
const features = { failedFlush: true, bytes: true, epochs: true };

/** A store made of another one, with some of it spoilt. */
const spoilt = (store: Store, changes: Partial<Store>): Store =>
  new Proxy(store, {
    get: (target, name) => Reflect.get(changes, name) ?? Reflect.get(target, name),
  });

const stages = (store: Store, change: (given: Change) => Change): Store =>
  spoilt(store, { stage: (given, basis) => store.stage(change(given), basis) });

const reads = (store: Store, change: (page: LogPage) => LogPage): Store =>
  spoilt(store, {
    readLog: async (from, limit, only) => change(await store.readLog(from, limit, only)),
  });

const loads = (store: Store, change: (value: any, need: any) => unknown): Store =>
  spoilt(store, { load: (need) => change(store.load(need), need) as any });

interface Planted {
  readonly spoil: (store: Store) => Store;
  /** The one check that must fail. */
  readonly foundBy: RegExp;
}

const PLANTED: Readonly<Record<string, Planted>> = {
  'a store that does not check the version of a stream': {
    spoil: (store) =>
      stages(store, (change) => ({
        ...change,
        appends: change.appends.map((one) => ({ ...one, expected: undefined })),
      })),
    foundBy: /a stream at another version is a conflict/,
  },
  'a store that does not check the revision of a document': {
    spoil: (store) =>
      stages(store, (change) => ({
        ...change,
        documents: change.documents.map((one) => ({ ...one, expected: undefined })),
      })),
    foundBy: /of twenty concurrent duplicates one acts/,
  },
  'a store that writes half a unit before it checks the rest': {
    spoil: (store) =>
      spoilt(store, {
        stage: (change, basis) => {
          const [first, ...rest] = change.documents;
          if (!first || rest.length === 0) return store.stage(change, basis);
          store.stage({ ...change, appends: [], documents: [first] }, basis).catch(() => {});
          return store.stage({ ...change, documents: rest }, basis);
        },
      }),
    foundBy: /a document at another revision is a conflict at once, and nothing of the unit/,
  },
  'a store that commits the events of a unit apart from its documents': {
    spoil: (store) =>
      spoilt(store, {
        stage: (change, basis) => {
          const both = change.appends.length > 0 && change.documents.length > 0;
          if (!both) return store.stage(change, basis);
          store.stage({ ...change, documents: [] }, basis).catch(() => {});
          return store.stage({ ...change, appends: [] }, basis);
        },
      }),
    foundBy: /a document at another revision is a conflict at once, and nothing of the unit/,
  },
  'a revision that stands still': {
    spoil: (store) =>
      loads(store, (value, need) =>
        need.kind === 'one' && value ? { ...value, revision: 1 } : value,
      ),
    foundBy: /a revision starts at 1 and grows by one/,
  },
  'an index that is not followed by limit and after': {
    spoil: (store) =>
      spoilt(store, {
        load: (need) =>
          store.load(need.kind === 'where' ? { ...need, options: { limit: 1_000 } } : need),
      }),
    foundBy: /where finds by index, in the order of ids/,
  },
  'a store that lets everything end': {
    spoil: (store) =>
      spoilt(store, {
        load: (need) =>
          store.load(need.kind === 'ended' ? { ...need, before: Number.MAX_SAFE_INTEGER } : need),
      }),
    foundBy: /what has ended is found by its end/,
  },
  'a store that acknowledges before the flush': {
    spoil: (store) =>
      spoilt(store, {
        stage: (change, basis) => {
          store.stage(change, basis).catch(() => {});
          return Promise.resolve({ position: store.head() });
        },
      }),
    foundBy: /a failed flush rejects everybody/,
  },
  'a store whose settled does not wait': {
    spoil: (store) => spoilt(store, { settled: async () => {} }),
    foundBy: /an answer is not handed out before what it could have read is durable/,
  },
  'a store that forgets that a flush failed': {
    spoil: (store) => spoilt(store, { stage: (change) => store.stage(change, store.failures) }),
    foundBy: /who read before a failed flush conflicts/,
  },
  'a log that skips an entry': {
    spoil: (store) =>
      reads(store, (page) => ({ ...page, entries: page.entries.filter(({ seq }) => seq !== 2) })),
    foundBy: /positions are dense/,
  },
  'a log that shows what is not durable': {
    spoil: (store) => {
      let staged = 0;
      return spoilt(store, {
        stage: (change, basis) => {
          const done = store.stage(change, basis);
          staged += change.appends.reduce((sum, { events }) => sum + events.length, 0);
          return done;
        },
        readLog: async (from, limit, only) => ({
          ...(await store.readLog(from, limit, only)),
          upto: { epoch: 1, seq: staged },
        }),
      });
    },
    foundBy: /an entry that is not durable is not in the log yet/,
  },
  'a log that forgets the entry before of a key': {
    spoil: (store) =>
      reads(store, (page) => ({
        ...page,
        entries: page.entries.map(({ previous: _, ...entry }) => entry),
      })),
    foundBy: /each public entry names the previous one of its key/,
  },
  'a page that says it looked no further than its last entry': {
    spoil: (store) =>
      reads(store, (page) => {
        const last = page.entries.at(-1);
        return last ? { ...page, upto: { epoch: last.epoch, seq: last.seq } } : page;
      }),
    foundBy: /a page of public entries says how far it has looked/,
  },
  'a log that gives every position the newest epoch': {
    spoil: (store) =>
      spoilt(store, {
        head: () => ({ ...store.head(), epoch: store.epoch }),
        readLog: async (from, limit, only) => {
          const page = await store.readLog(from, limit, only);
          return { ...page, upto: { ...page.upto, epoch: store.epoch } };
        },
      }),
    foundBy: /a page ends, and the log has its head, where an entry is/,
  },
  'a log that numbers its entries without their epoch': {
    spoil: (store) =>
      reads(store, (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, epoch: 1 })),
      })),
    foundBy: /after a restore positions go on densely, in the new epoch/,
  },
  'a log that forgets the epoch of the entry before': {
    spoil: (store) =>
      reads(store, (page) => ({
        ...page,
        entries: page.entries.map(({ previous, ...entry }) =>
          previous ? { ...entry, previous: { epoch: entry.epoch, seq: previous.seq } } : entry,
        ),
      })),
    foundBy: /the entry before of a key is named with the epoch it was written in/,
  },
  'a log that agrees with a reader that is ahead of it': {
    spoil: (store) =>
      spoilt(store, {
        readLog: async (from, limit, only) => {
          const page = await store.readLog(from, limit, only);
          return page.entries.length === 0 ? { ...page, upto: from } : page;
        },
      }),
    foundBy: /a reader that is ahead of the log is told where the log ends/,
  },
  'a store that does not look at fences': {
    spoil: (store) => stages(store, ({ fences: _, ...change }) => change),
    foundBy: /the late commit of a holder that was stopped is refused as FENCED/,
  },
  'a store that believes the first fence it sees': {
    spoil: (store) => {
      const seen = new Map<string, number>();
      return stages(store, (change) => {
        const fences = change.fences?.filter(({ name, fence }) => {
          const known = seen.get(name) ?? fence;
          seen.set(name, known);
          return known !== fence;
        });
        return { ...change, fences: fences ?? [] };
      });
    },
    foundBy: /a fenced change spares the others of its turn/,
  },
  'a store whose clock stands still': {
    spoil: (store) => loads(store, (value, need) => (need.kind === 'clock' ? 0 : value)),
    foundBy: /passes on with a higher one when it ended by the clock of the store/,
  },
  'units that all carry one name': {
    spoil: (store) =>
      reads(store, (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, unit: 'one' })),
      })),
    foundBy: /entries of one unit carry the same unit/,
  },
  'a log whose readers see personal data': {
    spoil: (store) =>
      reads(store, (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, data: 'Wilhelmina Featherstone' })),
      })),
    foundBy: /personal fields stay sealed in the log/,
  },
  'a store that wakes nobody': {
    spoil: (store) => spoilt(store, { onDurable: () => () => {} }),
    foundBy: /a reader that only reads when called sees every entry/,
  },
  'a store that wakes its readers before the flush': {
    spoil: (store) => {
      const listeners = new Set<() => void>();
      return spoilt(store, {
        stage: (change, basis) => {
          const done = store.stage(change, basis);
          for (const listener of listeners) listener();
          return done;
        },
        onDurable: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      });
    },
    foundBy: /who listens sees the entries at once/,
  },
  'a store whose listeners cannot leave': {
    spoil: (store) =>
      spoilt(store, {
        onDurable: (listener) => {
          store.onDurable(listener);
          return () => {};
        },
      }),
    foundBy: /a listener hears of every flush .* until it leaves/,
  },
  'a store that takes more after it was closed': {
    spoil: (store) => {
      let closed = false;
      return spoilt(store, {
        stage: (change, basis) =>
          closed ? Promise.resolve({ position: store.head() }) : store.stage(change, basis),
        close: () => {
          closed = true;
          return store.close();
        },
      });
    },
    foundBy: /closing flushes what was staged and refuses what comes later/,
  },
};

for (const [defect, { spoil, foundBy }] of Object.entries(PLANTED))
  test(`the suite finds ${defect}`, async () => {
    const open = sqliteStoreUnderTest(runtime, root, spoil);
    const suite = storeConformance('planted', open, features);
    const named = suite.filter(({ name }) => foundBy.test(name));
    assert.equal(named.length, 1);
    assert.equal((await failures(named)).length, 1);
  });
