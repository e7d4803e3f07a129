// Is every wait of a remote store ended, everything that it holds bounded, and each end told apart?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { OffshootError } from '../../error/index.ts';
import type { Inbound } from '../../runtime/index.ts';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { UNMEASURED } from '../../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../../testing/index.ts';
import {
  append,
  clock,
  collection,
  every,
  many,
  map,
  one,
  privateEvent,
  put,
  runUnit,
  type Store,
  streamOf,
} from '../index.ts';
import { REMOTE_COLLECTIONS, remoteStore, storeDoor, type Wire } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'offshoot-limits-'));
after(() => rmSync(root, { recursive: true, force: true }));

const toys = collection<{ readonly text: string }>('toys');
const change = (key: string, text = 'x') => ({
  appends: [append(`toy/${key}`, [privateEvent('toy.made', { text }, key)])],
  documents: [put(toys, key, { text })],
  stamp: testStamp(),
});
const away = () => new OffshootError('UNAVAILABLE', 'the connection broke');

/** A writer, its door, and a wire to it with a switch. */
function writerAndWire(runtime = nodeRuntime()) {
  const { store, keyring } = bench({ runtime, collections: [toys, ...REMOTE_COLLECTIONS] });
  const crashes: unknown[] = [];
  const onCrash = (cause: unknown) => void crashes.push(cause);
  const door = storeDoor({ runtime, stores: new Map([['toys', store]]), token: 'key', onCrash });
  const state = { isCut: false, asked: 0 }; // exchanges
  const request = (given: Partial<Inbound>) =>
    door.handle({
      ...{ method: 'POST', target: '/toys/open', headers: { authorization: 'Bearer key' } },
      ...{ body: Buffer.from('{}'), remoteAddress: '', signal: new AbortController().signal },
      ...given,
    });
  const wire: Wire = async ({ verb, body, signal }) => {
    if (verb === 'exchange') state.asked += 1;
    if (state.isCut) throw away();
    const reply = await request({
      target: `/toys/${verb}`,
      body: Buffer.from(body),
      ...(signal ? { signal } : {}),
    });
    if (reply.status === 200) return String(reply.body);
    const { code, detail } = JSON.parse(String(reply.body));
    throw new OffshootError(code, detail);
  };
  const code = async (given: Partial<Inbound>) =>
    JSON.parse(String((await request(given)).body)).code;
  return { runtime, keyring, store, door, wire, state, crashes, code };
}

type World = ReturnType<typeof writerAndWire>;

async function opened(t: TestContext, world: World, deadlineMs = 5_000): Promise<Store> {
  const { runtime, wire } = world;
  const remote = await remoteStore({ runtime, service: 'toys', wire, deadlineMs });
  t.after(async () => {
    await remote.close();
    world.door.close();
    await world.store.close();
  });
  return remote;
}

const stage = (store: Store, key: string, text?: string) =>
  store.stage(change(key, text), store.failures);

test('a call whose writer stays away ends at its deadline, and a unit says that its outcome is unknown', async (t) => {
  const world = writerAndWire();
  const remote = await opened(t, world, 200);
  world.state.isCut = true;
  const before = remote.failures;
  await assert.rejects(stage(remote, 'a'), (error: OffshootError) => {
    assert.deepEqual([error.code, error.details], ['DEADLINE_EXCEEDED', { outcome: 'unknown' }]);
    return true;
  });
  assert.notEqual(remote.failures, before, 'whoever read meanwhile reads again');
  await assert.rejects(
    async () => remote.load(one(toys, 'a')),
    (error: OffshootError) => {
      assert.deepEqual([error.code, error.details], ['DEADLINE_EXCEEDED', {}]);
      return true;
    },
  );
  let runs = 0;
  const unit = runUnit(
    { ...world, store: remote, metrics: UNMEASURED },
    () => ({}),
    () => {
      runs += 1;
      return { change: change('c'), value: 0 };
    },
  );
  await assert.rejects(unit, { code: 'DEADLINE_EXCEEDED' });
  assert.equal(runs, 1, 'run again it might be done twice');
  world.state.isCut = false;
  await stage(remote, 'b');
  assert.equal(remote.head().seq, 1, 'what was given up does not come later');
});

test('a store whose writer is not there is not opened, and says so in time', async () => {
  const { runtime, wire, state } = writerAndWire();
  state.isCut = true;
  const opening = remoteStore({ runtime, service: 'toys', wire, deadlineMs: 150 });
  await assert.rejects(opening, { code: 'UNAVAILABLE', message: /store of toys was not opened/ });
  const ending = new AbortController();
  const waiting = remoteStore({ runtime, service: 'toys', wire, signal: ending.signal });
  ending.abort(new Error('enough'));
  await assert.rejects(waiting);
});

test('a unit takes two ways however much it reads, and units of one turn share them', async (t) => {
  const world = writerAndWire();
  const remote = await opened(t, world);
  const unit = (key: string) =>
    runUnit(
      { ...world, store: remote, metrics: UNMEASURED },
      () => ({
        own: map(one(toys, key), (found) => found?.data.text),
        others: many(toys, ['x', 'y', 'z']),
        stream: streamOf(`toy/${key}`),
        now: clock(),
      }),
      ({ stream }) => ({ change: change(key), value: stream.version }),
    );
  await unit('a');
  assert.equal(world.state.asked, 2);
  await Promise.all(['b', 'c', 'd', 'e'].map(unit));
  assert.equal(world.state.asked, 4);
});

test('the ten-thousandth call and one waits no more, it is refused as OVERLOADED', async (t) => {
  const world = writerAndWire();
  const remote = await opened(t, world);
  world.state.isCut = true;
  const waiting = Array.from({ length: 10_000 }, () => remote.load(one(toys, 'a')));
  for (const one of waiting) void Promise.resolve(one).catch(() => {});
  await assert.rejects(async () => remote.load(one(toys, 'a')), { code: 'OVERLOADED' });
  assert.throws(() => stage(remote, 'a'), { code: 'OVERLOADED' });
});

test('a unit that no exchange holds is refused at once; many that one does not hold go in several', async (t) => {
  const world = writerAndWire();
  const remote = await opened(t, world);
  const large = 'x'.repeat(2 * 1024 * 1024);
  assert.throws(() => stage(remote, 'a', large), { code: 'BODY_TOO_LARGE' });
  const half = 'x'.repeat(400_000);
  const before = world.state.asked;
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => stage(remote, key, half)));
  assert.ok(world.state.asked - before >= 3);
  assert.equal(remote.head().seq, 6);
});

test('answers have a limit: documents come in the next one, a page ends earlier, one question that is too much is refused', async (t) => {
  const world = writerAndWire();
  const remote = await opened(t, world);
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const key of keys) await stage(remote, key, 'x'.repeat(400_000));
  const found = await Promise.all(keys.map(async (key) => remote.load(one(toys, key))));
  assert.deepEqual(
    found.map((each) => each?.data.text.length),
    keys.map(() => 400_000),
  );
  await assert.rejects(async () => remote.load(many(toys, keys)), { code: 'BODY_TOO_LARGE' });
  const seen: number[] = [];
  for (let after = { epoch: 1, seq: 0 }; after.seq < 6; ) {
    const { entries, upto } = await remote.readLog(after, 10);
    seen.push(...entries.map(({ seq }) => seq));
    assert.equal(upto.seq, entries.at(-1)?.seq);
    after = upto;
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
});

test('the door refuses who does not know its secret, and what it does not understand, by code', async () => {
  const { code, store } = writerAndWire();
  const body = (asked: object) => Buffer.from(JSON.stringify({ store: store.identity, ...asked }));
  assert.equal(await code({ headers: {} }), 'UNAUTHENTICATED');
  assert.equal(await code({ headers: { authorization: 'Bearer kez' } }), 'UNAUTHENTICATED');
  assert.equal(await code({ method: 'GET' }), 'METHOD_NOT_ALLOWED');
  assert.equal(await code({ target: '/cups/open' }), 'UNAVAILABLE');
  assert.equal(await code({ target: '/toys/drop' }), 'ROUTE_NOT_FOUND');
  assert.equal(await code({ body: Buffer.from('{"protocol":2}') }), 'STORE_MISMATCH');
  assert.equal(await code({ body: Buffer.from('{"name":"Ada') }), 'MALFORMED_BODY');
  assert.equal(await code({ body: Buffer.alloc(7_000_000) }), 'BODY_TOO_LARGE');
  const exchange = { target: '/toys/exchange' };
  assert.equal(await code({ ...exchange, body: body({ calls: 'x' }) }), 'MALFORMED_BODY');
  assert.equal(
    await code({ ...exchange, body: body({ calls: Array(257).fill({}) }) }),
    'MALFORMED_BODY',
  );
  assert.equal(await code({ ...exchange, body: body({ store: 'other' }) }), 'STORE_MISMATCH');
});

test('the 257th request at once is refused, and those that wait for news are answered when the door closes', async () => {
  const { door, code, store } = writerAndWire();
  const opened = JSON.parse(
    String(
      (
        await door.handle({
          ...{ method: 'POST', target: '/toys/open', headers: { authorization: 'Bearer key' } },
          ...{ body: Buffer.from('{"protocol":1}'), remoteAddress: '' },
          signal: new AbortController().signal,
        })
      ).body,
    ),
  );
  const { writer, head } = opened;
  const follow = Buffer.from(
    JSON.stringify({ store: store.identity, writer, head, waitMs: 20_000 }),
  );
  const waiting = Array.from({ length: 256 }, () => code({ target: '/toys/follow', body: follow }));
  assert.equal(await code({}), 'OVERLOADED');
  door.close();
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([undefined]));
});

test('a crash of the writer is told to its own process alone: what it quotes goes nowhere else', async (t) => {
  const world = writerAndWire();
  const secret = 'Wilhelmina Featherstone';
  const failing: Store = Object.assign(Object.create(world.store), {
    load() {
      throw new TypeError(`cannot read ${secret}`);
    },
  });
  const { runtime } = world;
  const crashes: unknown[] = [];
  const door = storeDoor({
    ...{ runtime, stores: new Map([['toys', failing]]), token: 'key' },
    onCrash: (cause) => void crashes.push(cause),
  });
  const { body } = await door.handle({
    ...{ method: 'POST', target: '/toys/exchange', headers: { authorization: 'Bearer key' } },
    body: Buffer.from(
      JSON.stringify({
        ...{ client: 'c', store: world.store.identity, floor: 0 },
        calls: [{ kind: 'read', needs: [one(toys, 'a')], seen: [] }],
      }),
    ),
    ...{ remoteAddress: '', signal: new AbortController().signal },
  });
  assert.match(String(body), /INTERNAL_ERROR/);
  assert.ok(!String(body).includes(secret));
  assert.equal(crashes.length, 1);
  t.after(() => world.store.close());
});

test('clients that have been gone for a day are forgotten when another one comes', async (t) => {
  const runtime = manualRuntime();
  const world = writerAndWire(runtime);
  const { store, wire } = world;
  const [clients] = REMOTE_COLLECTIONS;
  const known = async () => store.load(every(clients));
  const first = await opened(t, world);
  const staged = stage(first, 'a');
  await runtime.settle();
  await staged;
  assert.equal((await known()).length, 1);
  await runtime.advance(86_400_001);
  const second = remoteStore({ runtime, service: 'toys', wire });
  await runtime.settle();
  assert.equal((await known()).length, 0);
  await (await second).close();
});
