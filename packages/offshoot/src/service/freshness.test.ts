// Does a query that names a position answer with what it says, or say that it may not?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  isRefused,
  jsonSchema,
  query,
  refusal,
  refuse,
} from '../contract/index.ts';
import { type Broker, on, subscription } from '../messaging/index.ts';
import { projection } from '../projection/index.ts';
import { append, collection, formatPosition, one, put, streamOf } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, queryHandler, service } from './index.ts';

const Facts = jsonSchema<Record<string, any>>({ type: 'object' });
const open = { input: Facts, output: Facts, access: anyone() };

const bar = contract('bar', {
  version: 1,
  operations: { pour: command('POST /', open), ask: query('GET /', open) },
  events: { poured: event({ version: 1, key: 'id', data: Facts }) },
});
const barService = service(bar, {
  handlers: {
    pour: commandHandler(bar.pour, {
      decide: ({ input }) => ({
        appends: [append(`cup/${input.id}`, [bar.events.poured(input)])],
        reply: input,
      }),
    }),
    ask: queryHandler(bar.ask, {
      load: () => ({ cup: streamOf('cup/ada') }),
      answer: ({ loaded }) => ({ poured: loaded.cup.version }),
    }),
  },
});

interface Cups {
  readonly cups: number;
}
const rows = collection<Cups>('rows');
const plain = collection<Cups>('plain');
const counted = (into: typeof rows) =>
  on(bar.events.poured, {
    load: ({ event: { key } }) => ({ row: one(into, key) }),
    decide: ({ event: { key }, loaded: { row } }) => ({
      documents: [put(into, key, { cups: (row?.data.cups ?? 0) + 1 })],
    }),
  });

const till = contract('till', {
  version: 1,
  operations: {
    cups: query('GET /{id}', { ...open, refusals: { NONE: refusal(404) } }),
    plainly: query('GET /plain/{id}', open),
    before: query('GET /before/{id}', open),
  },
  events: {},
});
const tillService = service(till, {
  handlers: {
    cups: queryHandler(till.cups, {
      load: ({ input }) => ({ row: one(rows, input.id) }),
      answer: ({ loaded }) => loaded.row?.data ?? refuse('NONE'),
    }),
    plainly: queryHandler(till.plainly, {
      load: ({ input }) => ({ row: one(plain, input.id) }),
      answer: ({ loaded }) => loaded.row?.data ?? {},
    }),
    before: queryHandler(till.before, {
      prepare: async ({ input }, reach) => reach.read(one(rows, input.id)),
      answer: ({ prepared }) => prepared?.data ?? {},
    }),
  },
  collections: [plain],
  projections: [projection('rows', 1, { collections: [rows], handlers: [counted(rows)] })],
  subscriptions: [subscription('plain', [counted(plain)])],
});

/** Asks the till, and says no more than it was told. */
const menu = contract('menu', {
  version: 1,
  operations: { show: query('GET /{id}', open) },
  events: {},
});
const menuService = service(menu, {
  handlers: {
    show: queryHandler(menu.show, {
      async prepare({ input }, reach) {
        const cups = await reach.ask(till.cups, { id: input.id });
        return isRefused(cups) ? {} : { ...cups };
      },
      answer: ({ prepared }) => prepared,
    }),
  },
});

/** Pushes never arrive: only the sweep, a second later, finds what was poured. */
const deaf: Broker = { publish: () => {}, subscribe: () => () => {} };

async function opened(t: { after(end: () => Promise<void>): void }): Promise<System> {
  const it = await system([barService, tillService, menuService], { broker: deaf });
  t.after(() => it.close());
  return it;
}

async function poured(it: System): Promise<string> {
  const reply = await it.call(bar.pour, { id: 'ada' });
  assert.ok(reply.kind === 'output');
  return reply.after;
}

const QUERIES = [till.cups, till.plainly, till.before, menu.show] as const;

test('an answer waits until what it reads contains what its caller has seen', async (t) => {
  const it = await opened(t);
  const after = await poured(it);
  assert.match(after, /^bar=000001\.\d{16}$/);
  const answers = QUERIES.map((operation) => it.call(operation, { id: 'ada' }, { after }));
  await it.runtime.advance(2_000);
  for (const reply of await Promise.all(answers))
    assert.deepEqual(reply.kind === 'output' && [reply.value, reply.stale], [
      { cups: 1 },
      undefined,
    ]);
});

test('without a position an answer is what is there', async (t) => {
  const it = await opened(t);
  await poured(it);
  const reply = await it.call(till.cups, { id: 'ada' });
  assert.deepEqual(reply, { kind: 'refusal', code: 'NONE' });
});

test('at the deadline the answer is what is there, marked: never an error', async (t) => {
  const it = await opened(t);
  const after = await poured(it);
  const answers = QUERIES.map((operation) =>
    it.call(operation, { id: 'ada' }, { after, deadlineMs: 200 }),
  );
  await it.runtime.advance(199);
  const [cups, plainly, before, show] = await Promise.all(answers);
  assert.deepEqual(cups, { kind: 'refusal', code: 'NONE', stale: true });
  for (const reply of [plainly, before]) assert.ok(reply?.kind === 'output' && reply.stale);
  assert.ok(show?.kind === 'output' && show.stale, 'who asks for somebody says it too');
});

test('what is not projected here is not waited for: the answer is marked at once', async (t) => {
  const it = await opened(t);
  await poured(it);
  await it.runtime.advance(2_000);
  const head = formatPosition(it.store('bar').head());
  const ahead = formatPosition({ epoch: 1, seq: it.store('bar').head().seq + 1 });
  for (const [after, isStale] of [
    [`bar=${head}`, undefined],
    [`menu=${head}`, true],
    [`nobody=${head}`, true],
    [`bar=${ahead}`, true],
    [`bar=${head}, menu=${head}`, true],
    ['bar=1', true],
    ['bar', true],
    ['', true],
    [`bar=${head},`.repeat(9), true],
  ] as const) {
    const reply = await it.call(till.cups, { id: 'ada' }, { after });
    assert.ok(reply.kind === 'output');
    assert.deepEqual([reply.value, reply.stale], [{ cups: 1 }, isStale], after);
  }
});

test('a service’s own documents are never behind its own log', async (t) => {
  const it = await opened(t);
  const after = await poured(it);
  const own = await it.call(bar.ask, {}, { after });
  assert.ok(own.kind === 'output' && !own.stale);
  const ahead = await it.call(bar.ask, {}, { after: 'bar=000001.0000000000009999' });
  assert.ok(ahead.kind === 'output' && ahead.stale);
});

test('an answer that waits while rows change places reads the new ones', async (t) => {
  const it = await opened(t);
  await poured(it);
  await it.runtime.advance(2_000);
  await it.service('till').projections.rebuild('rows');
  const answer = it.call(till.cups, { id: 'ada' }, { after: await poured(it) });
  await it.runtime.advance(2_000);
  const reply = await answer;
  assert.deepEqual(reply.kind === 'output' && [reply.value, reply.stale], [{ cups: 2 }, undefined]);
});
