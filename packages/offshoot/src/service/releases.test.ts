// What becomes of calls and sagas when a service is rolled back, and forward again, under them?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, jsonSchema, refusal, refuse } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { compensation, saga, sagas } from '../saga/index.ts';
import { collection, every, one, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Payment {
  readonly id: string;
  readonly reference?: string;
}

/** Keeps what it knows, as zod does, and fills in what it knows a default for. */
function payment(fields: readonly string[], reference?: string) {
  const { '~standard': standard } = jsonSchema<Payment>({ type: 'object', required: ['id'] });
  const known = (value: object) =>
    Object.fromEntries(
      Object.entries({ ...(reference ? { reference } : {}), ...value }).filter(([name]) =>
        fields.includes(name),
      ),
    );
  const validate = (value: unknown) => ({ value: known(value as object) as unknown as Payment });
  return { '~standard': { ...standard, validate } };
}

const PAID = jsonSchema<{ paid: string }>({ type: 'object', required: ['paid'] });
const ANY = jsonSchema<object>({ type: 'object' });
const operations = (input: ReturnType<typeof payment>) => ({
  hold: command('POST /holds', { input, output: ANY, access: anyone() }),
  release: command('POST /releases', { input, output: ANY, access: anyone() }),
  capture: command('POST /captures', {
    ...{ input, output: PAID, access: anyone() },
    refusals: { DECLINED: refusal(409) },
  }),
});
const before = contract('bank', {
  ...{ version: 1, events: {}, operations: operations(payment(['id'])) },
});
const next = contract('bank', {
  ...{ version: 1, events: {} },
  operations: {
    ...operations(payment(['id', 'reference'], 'none')),
    receipt: command('POST /receipts', { input: payment(['id']), output: ANY, access: anyone() }),
  },
});

interface Account {
  readonly times: number;
  readonly released?: boolean;
  readonly receipts?: number;
}
const accounts = collection<Account>('accounts');

function bank(contract: typeof before | typeof next) {
  const writing = (operation: any, change: (account: Account) => Account, reply = {}) =>
    commandHandler(operation, {
      load: ({ input }: any) => ({ found: one(accounts, input.id) }),
      decide: ({ input, loaded: { found } }: any) => {
        if (operation.name === 'capture' && input.id.startsWith('poor')) return refuse('DECLINED');
        const data = change(found?.data ?? { times: 0 });
        return { documents: [put(accounts, input.id, data)], reply };
      },
    });
  const handlers = {
    hold: writing(contract.hold, (account) => account),
    release: writing(contract.release, (account) => ({ ...account, released: true })),
    capture: writing(contract.capture, (it) => ({ ...it, times: it.times + 1 }), { paid: 'yes' }),
    ...('receipt' in contract && {
      receipt: writing(contract.receipt, (it) => ({ ...it, receipts: (it.receipts ?? 0) + 1 })),
    }),
  };
  return service(contract as any, { collections: [accounts], handlers: handlers as any });
}

const stall = contract('stall', {
  ...{ version: 1, events: {} },
  operations: { order: command('POST /', { input: ANY as any, output: ANY, access: anyone() }) },
});
const whole = ({ input }: { input: Payment }) => input;
const purchase = saga('purchase', { version: 2, input: payment(['id', 'reference']) })
  .step('hold', next.hold, { input: whole, compensate: compensation(next.release, whole) })
  .pivot('capture', next.capture, { input: whole })
  .step('receipt', next.receipt, { input: whole })
  .end();
const stallService = service(stall, {
  sagas: [purchase],
  handlers: {
    order: commandHandler(stall.order, {
      decide: ({ input }: any) => ({ sagas: [purchase.start(input.id, input)], reply: {} }),
    }),
  },
});

const statuses = async (it: System) =>
  Object.fromEntries(
    (await it.store('stall').load(every(sagas))).map(({ id, data }) => [id, data.status]),
  );
const account = async (it: System, id: string) =>
  (await it.store('bank').load(one(accounts, id)))?.data;

test('a callee that is rolled back under running sagas: they wait, no paid order is undone, and all end with the next release', async () => {
  const it = await system([stallService, bank(next)]);
  try {
    const away = new OffshootError('UNAVAILABLE', 'on its way').toJSON();
    it.way(async (call, pass) =>
      call.operation === 'receipt' ? { kind: 'error', error: away } : pass(call),
    );
    for (const id of ['a', 'b', 'poor']) await it.invoke(stall.order, { id, reference: 'r' });
    await it.runtime.settle();
    await it.restart('bank', bank(before)); // they have paid, and have no receipt
    it.way((call, pass) => pass(call));
    for (const id of ['c', 'poor-2']) await it.invoke(stall.order, { id, reference: 'r' });
    await it.runtime.advance(1_800_000); // longer than a saga has before its pivot
    const midway = await statuses(it);
    for (const id of ['a', 'b', 'c']) {
      assert.equal(midway[id], 'running', id);
      assert.deepEqual(await account(it, id), { times: 1 }, `${id} is paid, and stays so`);
    }
    for (const id of ['poor', 'poor-2']) assert.equal(midway[id], 'compensated', 'refused: undone');
    await it.restart('bank', bank(next));
    await it.runtime.advance(120_000);
    const after = await statuses(it);
    for (const id of ['a', 'b', 'c']) {
      assert.equal(after[id], 'completed', id);
      assert.deepEqual(await account(it, id), { times: 1, receipts: 1 });
    }
  } finally {
    await it.close();
  }
});

test('a repeat that meets another release is a repeat: a field that one drops, or fills in, is no other input', async () => {
  for (const [first, second] of [
    [before, next],
    [next, before],
  ])
    for (const input of [{ id: 'a' }, { id: 'a', reference: 'r' }]) {
      const it = await system([bank(first!)]);
      try {
        const capture = () => it.call(next.capture, input, { key: 'k' });
        await capture();
        await it.restart('bank', bank(second!));
        const reply = await capture();
        assert.ok(reply.kind === 'output' && reply.replayed, JSON.stringify(reply));
        assert.deepEqual(await account(it, 'a'), { times: 1 });
        const other = await it.call(next.capture, { id: 'b' }, { key: 'k' });
        assert.equal(other.kind === 'error' && other.error.code, 'IDEMPOTENCY_KEY_REUSED');
      } finally {
        await it.close();
      }
    }
});
