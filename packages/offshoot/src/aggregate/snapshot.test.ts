// Is a snapshot only ever a shortcut, with nobody's data in plain text?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERASED, type Erased } from '../contract/index.ts';
import { append, one, put, runUnit } from '../store/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { decider, fold, type Remembered, snapshots, state } from './index.ts';

interface Guest {
  readonly guestId: string;
  readonly name?: string | Erased;
  readonly visits: number;
  readonly dishes: readonly string[];
}

const guest = decider({
  initial: { guestId: '', visits: 0, dishes: [] } as Guest,
  decide: (events: readonly Written[]) => events,
  evolve: {
    came: (now: Guest, { guestId, name }: { guestId: string; name?: string }) => ({
      ...now,
      guestId,
      ...(name === undefined ? {} : { name }),
      visits: now.visits + 1,
    }),
    ate: (now: Guest, { dish }: { dish: string }) => ({ ...now, dishes: [...now.dishes, dish] }),
  },
});

const policy = {
  ...{ name: 'guest', version: 1, every: 5 },
  personal: { subject: 'guestId', fields: ['name'] },
} as const;
const kept = snapshots(guest, policy);
const STREAM = 'guest/ada';

const came = (name?: string) => ({
  ...{ type: 'came', schema: 1, public: false, key: 'ada' },
  data: { guestId: 'ada', ...(name === undefined ? {} : { name }) },
  personal: { subject: 'guestId', fields: ['name'] },
});
const ate = (dish: string) => ({
  ...{ type: 'ate', schema: 1, public: false, key: 'ada' },
  data: { dish },
});
type Written = ReturnType<typeof came> | ReturnType<typeof ate>;

function opened(of = kept) {
  const made = bench({ runtime: manualRuntime(), collections: [of.collection] });
  const write = (events: readonly Written[]) =>
    runUnit(
      made,
      () => ({ before: of.state(STREAM) }),
      ({ before }) => ({
        change: {
          appends: [append(STREAM, events, before.version)],
          documents: of.taken(STREAM, before, events),
          stamp: testStamp(),
        },
        value: before,
      }),
    );
  const read = () => made.store.load(of.state(STREAM)) as Remembered<Guest>;
  return { ...made, write, read };
}

test('the state from a snapshot and what came after equals a full replay', async () => {
  const event = fc.oneof(
    fc.string().map((name) => came(name)),
    fc.constant(came()),
    fc.string().map(ate),
  );
  const units = fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(units, async (written) => {
      const { store, write, read } = opened();
      for (const events of written) {
        await write(events);
        const { snapshot, ...seen } = read();
        assert.deepEqual(seen, store.load(state(guest, STREAM)));
        assert.ok(seen.version - snapshot < 5, 'a snapshot is due every 5 events');
      }
      await store.close();
    }),
    { numRuns: 40 },
  );
});

test('a snapshot of another version of the state is not trusted, and is replaced', async () => {
  const { store, write } = opened();
  await write([came('Ada'), ate('soup'), ate('fish'), ate('soup'), ate('pie')]);
  const louder = decider({
    ...guest,
    evolve: { ...guest.evolve, ate: (now: Guest) => ({ ...now, dishes: [...now.dishes, '!'] }) },
  });
  const next = snapshots(louder, { ...policy, version: 2 });
  const before = store.load(next.state(STREAM)) as Remembered<Guest>;
  assert.equal(before.snapshot, 0);
  assert.deepEqual(before.state.dishes, ['!', '!', '!', '!']);
  const [change] = next.taken(STREAM, before, [ate('nuts')]);
  assert.deepEqual([change?.data?.stateVersion, change?.data?.version], [2, 6]);
});

test('a snapshot that is ahead of its stream is as good as none', async () => {
  const { store, write, read } = opened();
  await write([ate('soup')]);
  const [change] = kept.taken(STREAM, { state: guest.initial, version: 90, snapshot: 0 }, []);
  await store.stage({ appends: [], documents: [change!], stamp: testStamp() }, store.failures);
  assert.deepEqual(read(), { state: fold(guest, [ate('soup')]), version: 1, snapshot: 0 });
});

test('only what came after a snapshot is read', async () => {
  const { store, write, read } = opened();
  await write(Array.from({ length: 7 }, () => ate('soup')));
  const found = store.load(one(kept.collection, STREAM)) as { data: any };
  const data = { ...found.data, state: { ...found.data.state, visits: 40 } };
  const documents = [put(kept.collection, STREAM, data)];
  await store.stage({ appends: [], documents, stamp: testStamp() }, store.failures);
  assert.equal(read().state.visits, 40); // nobody would write that: it shows what was read
});

test('personal fields of a snapshot are sealed, and read as erased once they are', async () => {
  const { store, write, read, keyring, sealer } = opened();
  await write([came('Ada Lovelace'), ate('soup'), ate('fish'), ate('pie'), ate('nuts')]);
  assert.equal(read().snapshot, 5);
  assert.equal(read().state.name, 'Ada Lovelace');
  const [taken] = kept.taken(STREAM, { ...read(), snapshot: 0 }, []);
  const sealed = sealer.seal(taken?.data, kept.collection.personal, 'guest.snapshots/x');
  assert.ok(!JSON.stringify(sealed).includes('Lovelace'));
  await keyring.forget('ada');
  assert.deepEqual(read().state.name, ERASED);
  const { snapshot: _, ...seen } = read();
  assert.deepEqual(seen, store.load(state(guest, STREAM)));
});

test('what somebody never told does not read as erased', async () => {
  const { write, read, keyring } = opened();
  await write([came(), came(), came(), came(), came()]);
  await keyring.forget('ada');
  assert.deepEqual(read().state, { guestId: 'ada', visits: 5, dishes: [] });
});
