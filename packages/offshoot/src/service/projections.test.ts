// Are rows rebuilt beside the live ones, and do the two change places with nobody noticing?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  isRefused,
  jsonSchema,
  query,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { floors, marks, on, waiting } from '../messaging/index.ts';
import { copyOf, type Place, type Projection, places, projection } from '../projection/index.ts';
import {
  append,
  clock,
  collection,
  type Document,
  every,
  one,
  put,
  remove,
} from '../store/index.ts';
import { type System, type SystemOptions, system } from '../testing/index.ts';
import { commandHandler, queryHandler, service } from './index.ts';

const Facts = jsonSchema<Record<string, any>>({ type: 'object' });
const told = { version: 1, data: Facts } as const;

/** A service that says whatever it is asked to say. */
function teller<const N extends string>(name: N) {
  const made = contract(name, {
    version: 1,
    operations: { tell: command('POST /', { input: Facts, output: Facts, access: anyone() }) },
    events: { said: event({ ...told, key: 'id' }), gone: event({ ...told, key: 'id' }) },
  });
  const handler = commandHandler(made.tell, {
    decide({ input: { what = 'said', ...data } }) {
      const value = what === 'gone' ? made.events.gone(data) : made.events.said(data);
      return { appends: [append(`${name}/${data.id}`, [value])], reply: data };
    },
  });
  return { made, definition: service(made, { handlers: { tell: handler } }) };
}
const shop = teller('shop');
const people = teller('people');

interface Row {
  readonly amount: number | null;
  readonly name: string | null;
  readonly shape: number;
  readonly times: readonly number[];
}
const rows = collection<Row>('rows', { indexes: ['name'] });
const KEEP_MS = 20_000;
const bare: Row = { amount: null, name: null, shape: 0, times: [] };

/** A row of two halves: amounts are added by the shop, the name is told by people. */
function shown(version: number, add = (sum: number, by: number): number => sum + by): Projection {
  return projection('rows', version, {
    ...{ collections: [rows], keepMs: KEEP_MS },
    handlers: [
      on(shop.made.events.said, {
        load: ({ event: { key } }) => ({ row: one(rows, key) }),
        decide({ event: { key, data }, loaded: { row }, at }) {
          const before = row?.data ?? bare;
          const times = [...before.times, at];
          const amount = add(before.amount ?? 0, data.by);
          return { documents: [put(rows, key, { ...before, amount, times, shape: version })] };
        },
      }),
      on(shop.made.events.gone, {
        decide: ({ event: { key } }) => ({ documents: [remove(rows, key)] }),
      }),
      on(people.made.events.said, {
        load: ({ event: { key } }) => ({ row: one(rows, key) }),
        decide({ event: { key, data }, loaded: { row } }) {
          const next = { ...(row?.data ?? bare), name: data.name, shape: version };
          return { documents: [put(rows, key, next)] };
        },
      }),
    ],
  });
}

const desk = contract('desk', {
  version: 1,
  operations: { get: query('GET /{id}', { input: Facts, output: Facts, access: anyone() }) },
  events: {},
});
const reader = (...projections: readonly Projection[]) =>
  service(desk, {
    handlers: {
      get: queryHandler(desk.get, {
        load: ({ input }) => ({ row: one(rows, input.id) }),
        answer: ({ loaded }) => ({ row: loaded.row?.data ?? null }),
      }),
    },
    projections,
  });

interface Opened extends System {
  say(id: string, by: number): Promise<void>;
  row(id: string): Promise<Row | null>;
  /** All rows of a slot, or the live ones. */
  all(slot?: 'a' | 'b'): Promise<Readonly<Record<string, Row>>>;
  place(): Promise<Place>;
  /** Lets builds and consumers go on until they have nothing to do. */
  settle(): Promise<void>;
}

async function opened(
  t: { after(end: () => Promise<void>): void },
  first: Projection = shown(1),
  options: SystemOptions = {},
): Promise<Opened> {
  const it = await system([shop.definition, people.definition, reader(first)], options);
  t.after(() => it.close());
  const settle = () => it.runtime.advance(2_500);
  return {
    ...it,
    settle,
    async say(id, by) {
      await it.invoke(shop.made.tell, { id, by });
    },
    async row(id) {
      const answer = await it.invoke(desk.get, { id });
      assert.ok(!isRefused(answer));
      return answer.row;
    },
    async all(slot) {
      const from = slot ? copyOf(rows, slot) : rows;
      const found = (await it.store('desk').load(every(from, { limit: 1_000 }))) as Document<Row>[];
      return Object.fromEntries(found.map(({ id, data }) => [id, data]));
    },
    async place() {
      return ((await it.store('desk').load(one(places, 'rows'))) as Document<Place>).data;
    },
  };
}

const projections = (it: System) => it.service('desk').projections;

async function filled(it: Opened): Promise<void> {
  for (let index = 0; index < 60; index += 1) await it.say(`r${index % 7}`, index);
  await it.invoke(people.made.tell, { id: 'r1', name: 'Ada' });
  await it.invoke(people.made.tell, { id: 'late', name: 'Eve' });
  await it.invoke(shop.made.tell, { id: 'r3', what: 'gone' });
  await it.settle();
}

describe('a rebuild', () => {
  test('makes the same rows beside the live ones, and they change places in one commit', async (t) => {
    const it = await opened(t);
    await filled(it);
    const before = await it.all('a');
    assert.equal((await it.row('r1'))?.name, 'Ada');
    assert.deepEqual(await it.all('b'), {});
    await projections(it).rebuild('rows');
    await it.settle();
    assert.deepEqual(await it.all('b'), before);
    assert.deepEqual(await it.all(), before);
    const { live, other } = await it.place();
    assert.deepEqual(live, { slot: 'b', version: 1, number: 2 });
    assert.deepEqual([other?.slot, other?.state], ['a', 'previous']);
    await it.say('r1', 1_000);
    await it.settle();
    assert.equal((await it.row('r1'))?.amount, (before.r1?.amount ?? 0) + 1_000);
    assert.deepEqual(await it.all('a'), before);
  });

  test('of a new version begins when its release starts, and the old rows serve until then', async (t) => {
    const it = await opened(t);
    await filled(it);
    await it.restart('desk', reader(shown(2), shown(1)));
    await it.say('r2', 5);
    assert.equal((await it.row('r2'))?.shape, 1);
    await it.settle();
    assert.equal((await it.row('r2'))?.shape, 2);
    assert.ok(Object.values(await it.all()).every(({ shape }) => shape === 2));
    assert.deepEqual((await projections(it).list())[0], {
      ...{ name: 'rows', version: 2, live: 'rows.v2.2', isLive: true },
      ...{ other: 'rows.v1', state: 'previous', reason: '', applied: 0 },
    });
  });

  test('whose old code is gone leaves the old rows as they are until the new ones are there', async (t) => {
    const it = await opened(t);
    await filled(it);
    const failing = shown(2, () => {
      throw new Error('planted');
    });
    await it.restart('desk', reader(failing));
    await it.say('r2', 5);
    await it.settle();
    assert.equal((await it.row('r2'))?.shape, 1);
    const [report] = await projections(it).list();
    assert.deepEqual([report?.isLive, report?.state], [false, 'failed']);
    assert.match(report?.reason ?? '', /planted/);
    await it.restart('desk', reader(shown(3)));
    await it.settle();
    assert.equal((await it.row('r2'))?.shape, 3);
  });

  test('survives restarts and failed flushes at any moment, and counts nothing twice', async (t) => {
    const it = await opened(t);
    await filled(it);
    const expected = await it.all();
    await projections(it).rebuild('rows');
    for (let turn = 0; turn < 12; turn += 1) {
      await new Promise<void>((resolve) => it.runtime.endOfTurn(resolve));
      if (turn % 2 === 0) it.failNextFlush('desk');
      if (turn % 3 === 2) await it.restart('desk');
    }
    await it.settle();
    assert.deepEqual((await it.place()).live.number, 2);
    assert.deepEqual(await it.all(), expected);
  });

  test('that meets a handler that fails ends there, and says so; the live rows go on', async (t) => {
    let isBroken = false;
    const fragile = shown(1, (sum, by) => {
      if (isBroken && by === 17) throw new OffshootError('INTERNAL_ERROR', 'seventeen');
      return sum + by;
    });
    const it = await opened(t, fragile);
    await filled(it);
    isBroken = true;
    await projections(it).rebuild('rows');
    await it.settle();
    assert.match((await projections(it).list())[0]?.reason ?? '', /seventeen/);
    assert.match(projections(it).looks()[0]?.failed ?? '', /seventeen/);
    await it.say('r2', 1);
    await it.settle();
    assert.equal((await it.place()).live.slot, 'a');
    assert.equal((await it.row('r2'))?.times.length, 10);
    isBroken = false;
    await projections(it).rebuild('rows');
    await it.settle();
    assert.deepEqual((await it.place()).live, { slot: 'b', version: 1, number: 3 });
    assert.deepEqual(projections(it).looks(), [
      { name: 'rows', service: 'desk', failed: '', pausedBy: '', parkedKeys: 0 },
    ]);
    assert.deepEqual(await it.all('a'), await it.all('b'));
  });

  test('refuses a second at the same time, and a name that nothing has', async (t) => {
    const it = await opened(t);
    await filled(it);
    await projections(it).rebuild('rows');
    await assert.rejects(projections(it).rebuild('rows'), { code: 'PRECONDITION_FAILED' });
    await assert.rejects(
      projections(it).rebuild('nothing'),
      /desk has no projection nothing: rows/,
    );
  });
});

describe('after a restore of a source', () => {
  test('rows are rebuilt from its history as it is now, and none from before come back', async (t) => {
    const it = await opened(t);
    await filled(it);
    const restore = it.backup('shop');
    await it.say('lost', 1);
    await it.settle();
    await projections(it).rebuild('rows');
    await it.settle();
    assert.ok((await it.all()).lost);
    await restore();
    await it.say('kept', 2);
    await it.settle();
    await assert.rejects(projections(it).rollback('rows'), { code: 'FORKED' });
    await projections(it).rebuild('rows');
    await it.settle();
    const now = await it.all();
    assert.deepEqual([now.lost, now.kept?.amount], [undefined, 2]);
    await it.say('kept', 3);
    await it.settle();
    assert.equal((await it.row('kept'))?.amount, 5);
    await assert.rejects(projections(it).rollback('rows'), { code: 'FORKED' });
  });
});

describe('a rollback', () => {
  test('brings the old rows up to date before they are live again', async (t) => {
    const it = await opened(t);
    await filled(it);
    await it.restart('desk', reader(shown(1), shown(2)));
    await it.settle();
    await it.say('r1', 100);
    await it.say('new', 1);
    await it.settle();
    const report = await projections(it).rollback('rows');
    assert.deepEqual([report.live, report.other], ['rows.v1', 'rows.v2.2']);
    const { amount, shape } = (await it.row('r1'))!;
    assert.equal(shape, 1);
    await it.say('r1', 100);
    await it.settle();
    assert.equal((await it.row('r1'))?.amount, (amount ?? 0) + 100);
    assert.equal((await it.row('new'))?.shape, 1);
  });

  test('by starting the release before takes its rows back, caught up', async (t) => {
    const it = await opened(t);
    await filled(it);
    await it.restart('desk', reader(shown(2)));
    await it.settle();
    await it.say('r1', 100);
    await it.settle();
    const { amount } = (await it.row('r1'))!;
    await it.restart('desk', reader(shown(1)));
    await it.settle();
    const back = (await it.row('r1'))!;
    assert.deepEqual([back.shape, back.amount], [1, amount]);
  });

  test('is refused when nothing is kept, or this release cannot write the kept rows', async (t) => {
    const it = await opened(t);
    await assert.rejects(projections(it).rollback('rows'), /keeps no rows/);
    await it.restart('desk', reader(shown(2)));
    await it.settle();
    await assert.rejects(projections(it).rollback('rows'), /has no version 1 of rows/);
  });

  test('is not possible later than rows are kept: the rows that were live before are gone', async (t) => {
    const it = await opened(t);
    await filled(it);
    await projections(it).rebuild('rows');
    await it.settle();
    assert.notDeepEqual(await it.all('a'), {});
    await it.runtime.advance(KEEP_MS);
    await it.settle();
    assert.deepEqual(await it.all('a'), {});
    assert.equal((await it.place()).other, null);
    const kept = (await it.store('desk').load(every(floors))) as Document<any>[];
    assert.deepEqual(
      kept.map(({ id }) => id),
      ['rows.v1.2/people', 'rows.v1.2/shop'],
    );
    const left = [...((await it.store('desk').load(every(marks))) as Document<any>[])];
    assert.ok(left.every(({ data }) => data.subscription.startsWith('rows.v1.2/')));
  });
});

describe('rows', () => {
  test('trap 49: a row whose other half comes later is written at once, and healed then', async (t) => {
    const it = await opened(t);
    await it.say('r1', 3);
    await it.settle();
    assert.deepEqual([(await it.row('r1'))?.amount, (await it.row('r1'))?.name], [3, null]);
    await it.invoke(people.made.tell, { id: 'r2', name: 'Bob' });
    await it.settle();
    assert.deepEqual([(await it.row('r2'))?.amount, (await it.row('r2'))?.name], [null, 'Bob']);
    await it.invoke(people.made.tell, { id: 'r1', name: 'Ada' });
    await it.say('r2', 4);
    await it.settle();
    assert.deepEqual([(await it.row('r1'))?.amount, (await it.row('r1'))?.name], [3, 'Ada']);
    assert.deepEqual([(await it.row('r2'))?.amount, (await it.row('r2'))?.name], [4, 'Bob']);
  });

  test('trap 50: what comes twice and out of order changes nothing, also beside a rebuild', async (t) => {
    const pages: { page: any; receive: (page: any) => void }[] = [];
    const receivers = new Map<string, ((page: any) => void)[]>();
    const broker: NonNullable<SystemOptions['broker']> = {
      publish(page) {
        for (const receive of receivers.get(page.service) ?? []) pages.push({ page, receive });
      },
      subscribe(from, receive) {
        receivers.set(from, [...(receivers.get(from) ?? []), receive]);
        return () => {};
      },
    };
    const it = await opened(t, shown(1), { broker });
    for (let by = 1; by <= 9; by += 1) await it.say('r1', by);
    await it.invoke(people.made.tell, { id: 'r1', name: 'Ada' });
    const repeat = async (): Promise<void> => {
      for (const { page, receive } of [...pages].reverse()) receive(page);
      for (const { page, receive } of pages) receive(page);
      await it.settle();
    };
    await repeat();
    const row = await it.row('r1');
    assert.deepEqual([row?.amount, row?.name, row?.times.length], [45, 'Ada', 9]);
    await projections(it).rebuild('rows');
    await repeat();
    await repeat();
    assert.deepEqual(await it.row('r1'), row);
  });

  test('trap 51: rows are rebuilt with every service down, and are equal', async (t) => {
    const it = await opened(t);
    await filled(it);
    const expected = await it.all();
    it.way(async ({ service: of, operation }) => {
      const message = `${of}.${operation} is down`;
      return { kind: 'error', error: new OffshootError('UNAVAILABLE', message).toJSON() };
    });
    await projections(it).rebuild('rows');
    await it.settle();
    assert.equal((await it.place()).live.slot, 'b');
    assert.deepEqual(await it.all(), expected);
  });

  test('of a projection are written by it alone, and it writes and reads nothing else', async (t) => {
    const elsewhere = collection<{ x: number }>('elsewhere');
    const straying = (what: 'reads' | 'writes' | 'watches') =>
      projection('stray', 1, {
        collections: [rows],
        handlers: [
          on(shop.made.events.said, {
            load: () => ({
              ...(what === 'reads' ? { x: one(elsewhere, 'x') } : {}),
              ...(what === 'watches' ? { now: clock() } : {}),
            }),
            decide: () => ({ documents: what === 'writes' ? [put(elsewhere, 'x', { x: 1 })] : [] }),
          }),
        ],
      });
    for (const what of ['reads', 'writes', 'watches'] as const) {
      const it = await opened(t, straying(what));
      await it.say('r1', 1);
      await it.settle();
      const parked = (await it.store('desk').load(every(waiting))) as Document<any>[];
      const reason = what === 'watches' ? /reads a clock/ : /touches elsewhere, which is not among/;
      assert.match(parked[0]?.data.reason ?? '', reason);
    }
    const it = await opened(t);
    const { store } = it.service('desk');
    const stamp = { at: 0, actor: '', tenant: '', correlation: '', causation: '', traceparent: '' };
    const documents = [put(rows, 'r1', bare)];
    assert.throws(
      () => store.stage({ appends: [], documents, stamp }, store.failures),
      /only its projection/,
    );
  });
});
