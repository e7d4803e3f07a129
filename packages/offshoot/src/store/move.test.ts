// Does a store that is moved while it is written to arrive whole, and only once?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { bench, testStamp } from '../testing/index.ts';
import {
  append,
  collection,
  every,
  type MovePoint,
  moveStore,
  one,
  put,
  type RowTarget,
  remove,
  runUnit,
  START,
  type Store,
  switchable,
} from './index.ts';
import { sqliteRowSource, sqliteRowTarget } from './sqlite/index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-move-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Jar {
  readonly count: number;
  readonly kind: string;
}
const jars = collection<Jar>('jars', { indexes: ['kind'] });
const lids = collection<{ readonly n: number }>('lids');
const stamp = testStamp();
const JARS = 7;

function scene() {
  const folder = mkdtempSync(join(root, 'scene-'));
  const [from, to] = [join(folder, 'from.db'), join(folder, 'to.db')];
  const collections = [jars, lids];
  const first = bench({ runtime, collections, path: from });
  const open = () => bench({ runtime, collections, path: to, keyring: first.keyring }).store;
  const of = switchable(first.store, runtime);
  const context = { ...first, store: of.store };
  const stop = new AbortController();

  /** A unit: a jar is filled, its lid is changed, put on or taken off, and an event says so. */
  const fill = async (n: number): Promise<void> => {
    const id = `jar-${n % JARS}`;
    await runUnit(
      context,
      () => ({ found: one(jars, id) }),
      ({ found }) => {
        const count = (found?.data.count ?? 0) + 1;
        const lid = n % 3 === 0 ? remove(lids, `lid-${n - 1}`) : put(lids, `lid-${n}`, { n });
        const documents = [put(jars, id, { count, kind: 'k' }, found?.revision ?? 0), lid];
        const event = { type: 'jar.filled', schema: 1, public: true, key: id, data: { n } };
        return { change: { appends: [append(id, [event])], documents, stamp }, value: 0 };
      },
    );
  };

  const sides = (wrap: (target: RowTarget) => RowTarget = (target) => target) => {
    const { identity, epochs } = first.store;
    const target = sqliteRowTarget({
      ...{ database: runtime.openDatabase(to), service: 'toys', facts: { identity, epochs } },
      ...{ id: 'move', crc32: runtime.cryptography.crc32 },
      remove: () => rmSync(to, { force: true }),
    });
    return { source: sqliteRowSource(runtime.openDatabase(from)), target: wrap(target) };
  };

  const move = (given: ReturnType<typeof sides>, reached?: (point: MovePoint) => void) =>
    moveStore({
      ...{ runtime, of, ...given, signal: stop.signal },
      mark: { id: 'move', to: 'the other file', at: 0 },
      isComplete: async () => false,
      open: async () => open(),
      ...(reached && { reached }),
    });

  return { first, of, open, from, fill, sides, move, stop };
}

async function contentOf(store: Store) {
  const { entries } = await store.readLog(START, 100_000);
  const documents: unknown[] = [];
  for (const from of [jars, lids])
    for (let after = ''; ; ) {
      const page = await store.load(every<any>(from, { after, limit: 1_000 }));
      documents.push(...page);
      if (page.length < 1_000) break;
      after = page.at(-1)!.id;
    }
  return { identity: store.identity, epochs: store.epochs, entries, documents };
}

/** Eight writers, until told. Returns how many units were acknowledged. */
function writers(fill: (n: number) => Promise<void>) {
  let isOver = false;
  let acknowledged = 0;
  let next = 0;
  const one = async (): Promise<void> => {
    while (!isOver) {
      next += 1;
      await fill(next);
      acknowledged += 1;
      await runtime.sleep(0);
    }
  };
  const all = Promise.all(Array.from({ length: 8 }, one));
  return async () => {
    isOver = true;
    await all;
    return acknowledged;
  };
}

test('a store that is written to all the time arrives whole, and no unit fails or is done twice', async () => {
  const { first, of, fill, sides, move, from } = scene();
  for (let n = 1; n <= 3_000; n += 1) void fill(-n);
  await of.store.settled();
  const before = of.store.head().seq;
  const stop = writers(fill);
  const points: string[] = [];
  const figures = await move(sides(), (point) => points.push(point));
  await runtime.sleep(20);
  const acknowledged = await stop();
  assert.ok(figures.entries > before, 'it was written to meanwhile');
  assert.deepEqual(points.slice(-5), ['held', 'sealed', 'equal', 'complete', 'switched']);
  assert.notEqual(of.inner, first.store);
  const { entries, documents } = await contentOf(of.store);
  assert.equal(entries.length, before + acknowledged);
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    entries.map((_, index) => index + 1),
  );
  const filled = new Map<string, number>();
  for (const { key } of entries) filled.set(key, (filled.get(key) ?? 0) + 1);
  const counts = documents.filter((one: any) => one.id.startsWith('jar')) as any[];
  assert.deepEqual(
    new Map(counts.map(({ id, data }) => [id, data.count])),
    new Map([...filled].sort()),
  );
  for (const { key, seq, previous } of entries)
    assert.equal(previous?.seq, entries.findLast((one) => one.key === key && one.seq < seq)?.seq);
  assert.throws(() => bench({ runtime, path: from, collections: [] }), {
    code: 'STORE_MISMATCH',
    message: /moved to the other file/,
  });
});

test('what was written last, when the move was about to let units wait, goes along', async () => {
  const { of, fill, sides, move } = scene();
  await fill(1);
  const { source, target } = sides();
  let filling: Promise<void> | undefined;
  let isCatchingUp = false;
  const entries = async (after: number, limit: number) => {
    const page = await source.entries(after, limit);
    if (isCatchingUp) filling ??= fill(2);
    return page;
  };
  await move({ source: { ...source, entries }, target }, (point) => {
    isCatchingUp ||= point === 'catching up';
  });
  await filling;
  const { entries: log, documents } = await contentOf(of.store);
  assert.equal(log.length, 2);
  assert.deepEqual(
    documents.map((one: any) => one.id),
    ['jar-1', 'jar-2', 'lid-1', 'lid-2'],
  );
});

test('what arrived is what was left: identity, positions, sums, revisions', async () => {
  const { of, fill, sides, move } = scene();
  for (let n = 1; n <= 1_200; n += 1) void fill(n);
  await of.store.settled();
  const before = await contentOf(of.store);
  await move(sides());
  assert.deepEqual(await contentOf(of.store), before);
  await fill(5_000);
  assert.equal(of.store.head().seq, before.entries.length + 1);
});

test('the one that was left takes nothing any more, not from a process that does not know', async () => {
  const { first, fill, sides, move } = scene();
  await fill(1);
  const { target, source } = sides();
  // Its handle stays open, as that of a process which was stopped in the middle of everything.
  Object.assign(first.store, { close: async () => {} });
  await move({ target, source });
  const change = { appends: [], documents: [put(lids, 'late', { n: 0 })], stamp };
  assert.throws(() => first.store.stage(change, first.store.failures), { code: 'FENCED' });
});

test('a move that is ended leaves the source as it was, at every point before it is complete', async () => {
  for (const point of ['copying', 'catching up', 'held', 'sealed', 'equal'] as const) {
    const { first, of, fill, sides, move, stop } = scene();
    for (let n = 1; n <= 600; n += 1) void fill(n);
    const reached = (now: MovePoint) => now === point && stop.abort(new Error('ended'));
    await assert.rejects(move(sides(), reached), /ended/, point);
    assert.equal(of.inner, first.store);
    await fill(1_000);
    assert.equal(of.store.head().seq, 601, point);
  }
});

test('a target that cannot write, or did not take the store, changes nothing', async () => {
  const failures: [string, Partial<RowTarget>][] = [
    ['UNAVAILABLE', { write: () => Promise.reject(new OffshootError('UNAVAILABLE', 'away')) }],
    ['STORE_CORRUPT', { count: async () => ({ entries: 1, documents: 0 }) }],
    ['OVERLOADED', { complete: () => Promise.reject(new OffshootError('UNAVAILABLE', 'away')) }],
  ];
  for (const [code, over] of failures) {
    const { first, of, fill, sides, move } = scene();
    await fill(1);
    await assert.rejects(move(sides((target) => ({ ...target, ...over }))), { code });
    assert.equal(of.inner, first.store);
    await fill(2);
  }
});

test('a damaged entry is not copied', async () => {
  const { first, fill, sides, move, from } = scene();
  for (let n = 1; n <= 10; n += 1) await fill(n);
  const database = runtime.openDatabase(from);
  database.exec("UPDATE log SET actor = 'service:nobody' WHERE seq = 4");
  database.close();
  await assert.rejects(move(sides()), { code: 'STORE_CORRUPT', message: /entry 4/ });
  await fill(11);
  assert.equal(first.store.head().seq, 11);
});
