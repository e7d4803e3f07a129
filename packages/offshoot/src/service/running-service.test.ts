import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  fromService,
  jsonSchema,
  query,
  refusal,
  refuse,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { type Identity, Principal } from '../security/index.ts';
import { collection, every, one, put, type Reach } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, queryHandler, service } from './index.ts';

interface Order {
  readonly id: string;
  readonly n: number;
}
const order = jsonSchema<Order>({
  type: 'object',
  required: ['id', 'n'],
  properties: { id: { type: 'string' }, n: { type: 'integer', minimum: 0 } },
});
const answer = jsonSchema<{ readonly made: number }>({ type: 'object', required: ['made'] });
const refusals = { TOO_MANY: refusal(409) };
const shop = contract('shop', {
  version: 1,
  operations: {
    place: command('POST /orders', { input: order, output: answer, refusals, access: anyone() }),
    strict: command('POST /strict', { input: order, output: answer, idempotencyKey: 'required' }),
    inner: command('POST /inner', { input: order, output: answer, access: fromService('till') }),
    count: query('GET /orders', { input: order, output: answer, access: anyone() }),
  },
  events: {},
});
interface Row {
  readonly n: number;
}
const rows = collection<Row>('rows');

/** What the handler of `place` does beside its work, and how often it ran. */
const place = { runs: 0, prepared: 0, fail: '' as '' | 'throw' | 'stray' };

const definition = service(shop, {
  handlers: {
    place: commandHandler(shop.place, {
      prepare: async () => {
        place.prepared += 1;
      },
      load: ({ input }) => ({ row: one(rows, input.id) }),
      decide: ({ input, loaded }) => {
        place.runs += 1;
        if (place.fail === 'throw') throw new OffshootError('UNAVAILABLE', 'not now');
        if (place.fail === 'stray') return refuse('toString') as never;
        const n = (loaded.row?.data.n ?? 0) + input.n;
        if (n > 10) return refuse('TOO_MANY');
        const documents = [put(rows, input.id, { n }, loaded.row?.revision ?? 0)];
        return { documents, reply: { made: n } };
      },
    }),
    strict: commandHandler(shop.strict, { decide: () => ({ reply: { made: 0 } }) }),
    inner: commandHandler(shop.inner, { decide: () => ({ reply: { made: 0 } }) }),
    count: queryHandler(shop.count, {
      load: ({ input }) => ({ row: one(rows, input.id) }),
      answer: ({ loaded }) => ({ made: loaded.row?.data.n ?? 0 }),
    }),
  },
  collections: [rows],
});

const inShop = (name: string, body: (it: System) => Promise<void>) =>
  test(name, async () => {
    Object.assign(place, { runs: 0, prepared: 0, fail: '' });
    const it = await system([definition]);
    try {
      await body(it);
    } finally {
      await it.close();
    }
  });

const user = (id: string, more: Partial<Identity> = {}) =>
  new Principal({ kind: 'user', id, ...more });
const ada = user('ada');
const stored = async (it: System) => (await it.store('shop').load(every(rows)))[0]?.data;

inShop('the same key and input: one effect, and the same answer marked as replayed', async (it) => {
  const first = await it.call(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  const second = await it.call(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  assert.deepEqual(first.kind === 'output' && first.value, { made: 2 });
  assert.deepEqual(second.kind === 'output' && [second.value, second.replayed], [
    { made: 2 },
    true,
  ]);
  assert.deepEqual([await stored(it), place.prepared], [{ n: 2 }, 1]);
});

inShop('twenty concurrent duplicates have one effect and one answer', async (it) => {
  const calls = Array.from({ length: 20 }, () =>
    it.invoke(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' }),
  );
  for (const made of await Promise.all(calls)) assert.deepEqual(made, { made: 2 });
  assert.deepEqual(await stored(it), { n: 2 });
});

inShop('a stored reply survives a restart', async (it) => {
  await it.invoke(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  await it.restart('shop');
  await it.invoke(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  assert.deepEqual(await stored(it), { n: 2 });
});

inShop('the same key with another input is IDEMPOTENCY_KEY_REUSED', async (it) => {
  await it.invoke(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  const other = it.invoke(shop.place, { id: 'a', n: 3 }, { principal: ada, key: 'k' });
  await assert.rejects(other, { code: 'IDEMPOTENCY_KEY_REUSED' });
  assert.deepEqual(await stored(it), { n: 2 });
});

inShop('the same key of somebody else is another key', async (it) => {
  await it.invoke(shop.place, { id: 'a', n: 2 }, { principal: ada, key: 'k' });
  await it.invoke(shop.place, { id: 'a', n: 3 }, { principal: user('bob'), key: 'k' });
  assert.deepEqual(await stored(it), { n: 5 });
});

inShop('a refusal is stored: the repeat is refused without being decided again', async (it) => {
  const ask = () => it.invoke(shop.place, { id: 'a', n: 11 }, { principal: ada, key: 'k' });
  const no = { refusal: 'TOO_MANY', data: undefined };
  assert.deepEqual(await ask(), no);
  const { runs } = place;
  assert.deepEqual(await ask(), no);
  assert.equal(place.runs, runs);
});

inShop('an error is not stored: the repeat runs', async (it) => {
  place.fail = 'throw';
  const ask = () => it.invoke(shop.place, { id: 'a', n: 1 }, { principal: ada, key: 'k' });
  await assert.rejects(ask(), { code: 'UNAVAILABLE' });
  place.fail = '';
  assert.deepEqual(await ask(), { made: 1 });
});

inShop('a reply lives 24 hours for a person', async (it) => {
  const ask = () => it.invoke(shop.place, { id: 'a', n: 1 }, { principal: ada, key: 'k' });
  await ask();
  await it.runtime.advance(24 * 3_600_000 - 1_000);
  assert.deepEqual(await ask(), { made: 1 });
  await it.runtime.advance(2_000);
  assert.deepEqual(await ask(), { made: 2 });
});

inShop('the reply to an erased person is not given out again', async (it) => {
  const ask = () => it.invoke(shop.place, { id: 'a', n: 1 }, { principal: ada, key: 'k' });
  await ask();
  await it.keyring.forget('ada');
  await assert.rejects(ask(), { code: 'IDEMPOTENCY_KEY_REUSED' });
  assert.deepEqual(await stored(it), { n: 1 });
});

inShop('no answer leaves before its flush, and a flush that fails is not one', async (it) => {
  let durable = false;
  it.failNextFlush('shop');
  const replied = it.invoke(shop.place, { id: 'a', n: 2 }).then((value) => {
    durable = true;
    return value;
  });
  await Promise.resolve();
  assert.equal(durable, false);
  assert.deepEqual(await replied, { made: 2 });
  await it.restart('shop');
  assert.deepEqual(await stored(it), { n: 2 }, 'what was answered is there after a restart');
  assert.equal(place.runs, 2);
});

inShop('a query sees no write that is not durable before it answers', async (it) => {
  const [, seen] = await Promise.all([
    it.invoke(shop.place, { id: 'a', n: 2 }),
    it.invoke(shop.count, { id: 'a', n: 0 }),
  ]);
  assert.ok([0, 2].includes((seen as { made: number }).made));
  assert.deepEqual(await it.invoke(shop.count, { id: 'a', n: 0 }), { made: 2 });
});

inShop('commands of one turn on one document all count', async (it) => {
  const calls = Array.from({ length: 10 }, () => it.invoke(shop.place, { id: 'a', n: 1 }));
  await Promise.all(calls);
  assert.deepEqual(await stored(it), { n: 10 });
});

inShop('an input that does not fit is VALIDATION_FAILED with the field', async (it) => {
  const reply = await it.call(shop.place, { id: 'a', n: 1.5 });
  assert.equal(reply.kind, 'error');
  const error = reply.kind === 'error' ? reply.error : undefined;
  assert.equal(error?.code, 'VALIDATION_FAILED');
  assert.deepEqual((error?.details?.errors as { pointer: string }[])[0]?.pointer, '#/n');
  assert.equal(place.prepared, 0);
});

inShop('a refusal that the contract does not declare is a bug, not a refusal', async (it) => {
  place.fail = 'stray';
  await assert.rejects(it.invoke(shop.place, { id: 'a', n: 1 }), { code: 'INTERNAL_ERROR' });
});

inShop('a required key must be there, and a key has 1 to 255 characters', async (it) => {
  const ask = (key?: string) =>
    it.invoke(
      shop.strict,
      { id: 'a', n: 1 },
      { principal: ada, ...(key === undefined ? {} : { key }) },
    );
  await assert.rejects(ask(), { code: 'IDEMPOTENCY_KEY_REQUIRED' });
  await assert.rejects(ask(''), { code: 'VALIDATION_FAILED' });
  await assert.rejects(ask('k'.repeat(256)), { code: 'VALIDATION_FAILED' });
  assert.deepEqual(await ask('k'.repeat(255)), { made: 0 });
});

inShop('only those may call whom the contract lets in', async (it) => {
  const ask = (principal: Principal) => it.invoke(shop.inner, { id: 'a', n: 1 }, { principal });
  await assert.rejects(ask(ada), { code: 'FORBIDDEN' });
  await assert.rejects(ask(new Principal({ kind: 'service', id: 'other' })), { code: 'FORBIDDEN' });
  await assert.rejects(ask({ ...ada, kind: 'service', id: 'till' } as never), {
    code: 'UNAUTHENTICATED',
  });
  assert.deepEqual(await ask(new Principal({ kind: 'service', id: 'till' })), { made: 0 });
});

inShop('an operation of another version is an availability error, never a refusal', async (it) => {
  const reply = await it.service('shop').callee({
    ...{ service: 'shop', operation: 'vanish', input: {}, principal: ada },
    headers: { deadlineMs: 1_000, correlationId: 'c', causationId: 'c', traceparent: '' },
  });
  assert.equal(reply.kind === 'error' && reply.error.code, 'UNAVAILABLE');
});

test('a handler of something else, or none, is refused', () => {
  const wrong = () =>
    service(shop, { handlers: { place: definition.handlers.get('count') } as never });
  assert.throws(wrong, { code: 'BAD_DEFINITION' });
});

/** Never runs: it is there for the compiler. */
export async function typesOnly(reach: Reach): Promise<void> {
  await reach.ask(shop.count, { id: 'a', n: 1 });
  // @ts-expect-error another service's command is reached by a saga's step only
  await reach.ask(shop.place, { id: 'a', n: 1 });
  // @ts-expect-error the input is that of the operation
  await reach.ask(shop.count, { id: 7 });
  commandHandler(shop.place, {
    // @ts-expect-error decide is synchronous
    decide: async () => ({ reply: { made: 1 } }),
  });
  commandHandler(shop.place, {
    // @ts-expect-error the reply is the operation's output
    decide: () => ({ reply: { made: 'one' } }),
  });
  commandHandler(shop.place, {
    // @ts-expect-error only declared refusals
    decide: () => refuse('SOMETHING_ELSE'),
  });
  // @ts-expect-error a query has no unit of work to decide
  commandHandler(shop.count, { decide: () => ({ reply: { made: 1 } }) });
}
