// Does reconciling hold its promises page by page, with the clock and the provider's line in hand?
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type InputFor,
  isRefused,
  type OutsideAdapter,
  type RefusalFor,
  type ResultFor,
} from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import type { Outbound, Runtime } from 'offshoot/runtime';
import { Principal, servicePrincipal } from 'offshoot/security';
import { type Handler, service } from 'offshoot/service';
import { type Document, every } from 'offshoot/store';
import { manualRuntime, system } from 'offshoot/testing';
import { type OrderStatus, orders } from '../../contracts/orders.ts';
import { payments as contract } from '../../contracts/payments.ts';
import { type LedgerStorage, memoryLedger, provider } from '../../stand-ins/provider/provider.ts';
import { type Payment, paymentsByOrder } from './payment.ts';
import { providerAdapter } from './provider-http.ts';
import { payments } from './service.ts';

type Page = ResultFor<typeof contract.reconcile> | RefusalFor<typeof contract.reconcile>;

const MINUTE_MS = 60_000;
const asOrders = servicePrincipal('orders');
const admin = new Principal({ kind: 'user', id: 'admin', roles: ['admin'] });
const amount = { amount: 500, currency: 'EUR' };

/** A service that answers nothing but how far an order has come. */
function ordersWith(statusOf: (orderId: string) => OrderStatus) {
  const answer = ({ input: { orderId } }: any) => ({
    ...{ orderId, status: statusOf(orderId), updatedAt: '2020-01-01T00:00:00.000Z' },
  });
  const handlers = Object.entries(orders.operations).map(([name, operation]) => [
    name,
    { kind: operation.kind, operation, handling: { answer } } as unknown as Handler,
  ]);
  return service(orders, { handlers: Object.fromEntries(handlers) });
}

async function setUp(t: TestContext) {
  const runtime = manualRuntime();
  const line = {
    isCut: false,
    isBusy: false,
    ledger: memoryLedger() as LedgerStorage,
    /** Happens once, while the next page of the ledger is on its way to us. */
    meanwhile: async () => {},
  };
  const request = async ({ method, url, headers, body }: Outbound) => {
    const path = url.slice('http://provider'.length);
    const key = headers?.['idempotency-key'];
    if (line.isBusy && method === 'POST')
      return { status: 409, headers: {}, body: '{"code":"OUTCOME_PENDING"}' };
    const { handle } = provider(line.ledger);
    const reply = handle({ method, path, key, body: body ?? '', at: runtime.now() });
    if (path.startsWith('/ledger')) {
      const { meanwhile } = line;
      line.meanwhile = async () => {};
      await meanwhile();
    }
    if (line.isCut) throw new OffshootError('UNAVAILABLE', 'the answer was lost');
    return { status: reply.status, headers: {}, body: reply.body };
  };
  const adapter: OutsideAdapter = providerAdapter(
    { request } as unknown as Runtime,
    'http://provider',
  );
  const status = new Map<string, OrderStatus>();
  const seller = ordersWith((orderId) => status.get(orderId) ?? 'confirmed');
  const shop = await system([seller, payments], { runtime, outside: { provider: adapter } });
  t.after(() => shop.close());

  const step = (name: 'capture' | 'void' | 'refund', orderId: string) =>
    shop.invoke(contract[name], { orderId }, { principal: asOrders, key: `${orderId}/${name}` });
  return {
    ...{ shop, runtime, line, status, step },
    hold: (orderId: string) =>
      shop.invoke(
        contract.authorise,
        { orderId, amount, method: 'pm_card_visa' },
        { principal: asOrders, key: `${orderId}/authorise` },
      ),
    stored: (): readonly Document<Payment>[] =>
      shop.store('payments').load(every(paymentsByOrder)) as readonly Document<Payment>[],
    /** Follows `next` to the end. */
    async reconcile(more: { dryRun?: boolean; minAgeMs?: number } = { minAgeMs: 0 }) {
      const rows: string[] = [];
      let examined = 0;
      let pages = 0;
      for (let after: string | null = ''; after !== null; pages += 1) {
        const input: InputFor<typeof contract.reconcile> = { ...more, after };
        const page: Page = await shop.invoke(contract.reconcile, input, { principal: admin });
        assert.ok(!isRefused(page));
        rows.push(...page.differences.map((one) => `${one.orderId} ${one.outcome} ${one.kind}`));
        examined += page.examined;
        after = page.next;
        assert.ok(pages < 100, 'it never ends');
      }
      return { rows, examined, pages };
    },
  };
}

describe('reconciling payments', () => {
  test('reads the whole ledger and looks at every order, however many pages there are', async (t) => {
    const { hold, step, line, status, reconcile } = await setUp(t);
    const ids = Array.from({ length: 450 }, (_, number) => `o-${String(number).padStart(3, '0')}`);
    for (const orderId of ids) {
      await hold(orderId);
      await step('capture', orderId);
      await step('refund', orderId);
      status.set(orderId, 'cancelled');
    }
    // What stands only on the one side, or only on the other, at the ends and in the middle.
    const late = ['o-', 'o-199x', 'o-200', 'p-1'];
    const { handle } = provider(line.ledger);
    for (const reference of late) {
      const body = JSON.stringify({ ...amount, method: 'pm_card_visa', reference });
      handle({ method: 'POST', path: '/authorisations', key: `by-hand/${reference}`, body, at: 0 });
    }
    const first = await reconcile();
    assert.deepEqual(
      first.rows,
      late.map((orderId) => `${orderId} mended stray_charge`),
    );
    assert.equal(first.examined, 453);
    assert.equal(first.pages, 4);
    const second = await reconcile();
    assert.deepEqual([second.rows, second.pages], [[], 3]);
  });

  test('a charge whose answer was lost is found and mended', async (t) => {
    const { hold, step, line, stored, reconcile } = await setUp(t);
    await hold('o-1');
    line.isCut = true;
    await assert.rejects(step('capture', 'o-1'), { code: 'UNAVAILABLE' });
    line.isCut = false;
    assert.equal(stored()[0]?.data.status, 'authorised');
    assert.deepEqual((await reconcile()).rows, ['o-1 mended answer_lost']);
    const [payment] = stored();
    assert.equal(payment?.data.status, 'captured');
    assert.match(payment?.data.captureId ?? '', /^cap_/);
    assert.deepEqual((await reconcile()).rows, []);
    // And whoever comes again with the old key hears what happened.
    assert.deepEqual(await step('capture', 'o-1'), { captureId: payment?.data.captureId });
    assert.equal(line.ledger.lastSeq(), 2);
  });

  test('a paused checkout is in flight however old, and is mended once a person has ended it', async (t) => {
    const { hold, line, status, runtime, stored, reconcile } = await setUp(t);
    status.set('o-1', 'pending');
    line.isCut = true;
    await assert.rejects(hold('o-1'), { code: 'UNAVAILABLE' });
    line.isCut = false;
    await runtime.advance(30 * MINUTE_MS);
    assert.deepEqual((await reconcile({})).rows, ['o-1 in_flight answer_lost']);
    assert.deepEqual(stored(), []);
    status.set('o-1', 'cancelled');
    assert.deepEqual((await reconcile()).rows, ['o-1 mended answer_lost']);
    assert.equal(stored()[0]?.data.status, 'voided');
    assert.deepEqual((await reconcile()).rows, []);
  });

  test('what moved less than a quarter of an hour ago is left alone', async (t) => {
    const { hold, status, runtime, step, line, reconcile } = await setUp(t);
    await hold('o-1');
    await step('capture', 'o-1');
    status.set('o-1', 'cancelled');
    await runtime.advance(14 * MINUTE_MS);
    assert.deepEqual((await reconcile({})).rows, ['o-1 in_flight not_given_back']);
    await runtime.advance(2 * MINUTE_MS);
    const before = line.ledger.lastSeq();
    assert.deepEqual((await reconcile({ dryRun: true })).rows, ['o-1 found not_given_back']);
    assert.equal(line.ledger.lastSeq(), before);
    assert.deepEqual((await reconcile({})).rows, ['o-1 mended not_given_back']);
    assert.equal(line.ledger.lastSeq(), before + 1);
  });

  test('what the provider refuses because the payment has just moved is in flight', async (t) => {
    const { hold, step, line, status, reconcile } = await setUp(t);
    await hold('o-1');
    line.meanwhile = async () => {
      await step('capture', 'o-1');
      status.set('o-1', 'cancelled'); // beyond the pivot: confirmed and cancelled at once
    };
    assert.deepEqual((await reconcile()).rows, ['o-1 in_flight left_open']);
    assert.deepEqual((await reconcile()).rows, ['o-1 mended not_given_back']);
    assert.deepEqual((await reconcile()).rows, []);
  });

  test('a ledger that is another one is read from its start', async (t) => {
    const { hold, step, line, reconcile } = await setUp(t);
    for (const orderId of ['o-1', 'o-2']) {
      await hold(orderId);
      await step('capture', orderId);
    }
    assert.deepEqual((await reconcile()).rows, []);
    // Longer than the one that was read, with an order of its own that nobody here knows.
    line.ledger = memoryLedger();
    const { handle } = provider(line.ledger);
    for (const key of ['order/o-2/authorise', 'order/o-3/authorise', 'x', 'y', 'z']) {
      const reference = key.split('/')[1] ?? 'o-3';
      const body = JSON.stringify({ ...amount, method: 'pm_card_visa', reference });
      handle({ method: 'POST', path: '/authorisations', key, body, at: 0 });
    }
    assert.deepEqual((await reconcile()).rows, [
      'o-1 unmended not_at_provider',
      'o-2 mended not_at_provider',
      'o-3 mended answer_lost',
      ...Array(3).fill('o-3 mended stray_charge'),
    ]);
    assert.deepEqual((await reconcile()).rows, ['o-1 unmended not_at_provider']);
  });

  test('while the provider is silent nothing is guessed, and the next run goes on', async (t) => {
    const { hold, line, stored, status, reconcile } = await setUp(t);
    line.isCut = true;
    for (const orderId of ['o-1', 'o-2']) await assert.rejects(hold(orderId));
    status.set('o-1', 'cancelled').set('o-2', 'cancelled');
    await assert.rejects(reconcile(), { code: 'UNAVAILABLE' });
    assert.deepEqual(stored(), []);
    line.isCut = false;
    assert.deepEqual((await reconcile()).rows, [
      'o-1 mended answer_lost',
      'o-2 mended answer_lost',
    ]);
  });

  test('what the provider is still at is in flight, and keeps nobody else waiting', async (t) => {
    const { hold, step, line, status, reconcile } = await setUp(t);
    await hold('o-1');
    await step('capture', 'o-1');
    status.set('o-1', 'cancelled');
    line.isBusy = true;
    assert.deepEqual((await reconcile()).rows, ['o-1 in_flight not_given_back']);
    line.isBusy = false;
    assert.deepEqual((await reconcile()).rows, ['o-1 mended not_given_back']);
  });

  test('a payment that is made while the ledger is read is no difference', async (t) => {
    const { hold, step, line, reconcile } = await setUp(t);
    line.meanwhile = async () => {
      await hold('o-1');
      await step('capture', 'o-1');
    };
    assert.deepEqual(await reconcile(), { rows: [], examined: 0, pages: 1 });
    assert.deepEqual(await reconcile(), { rows: [], examined: 1, pages: 1 });
  });

  test('a payment that moves while it is looked at is left to whoever moves it', async (t) => {
    const { hold, step, shop, status, stored, reconcile } = await setUp(t);
    await hold('o-1');
    await step('capture', 'o-1');
    status.set('o-1', 'cancelled');
    shop.way(async (call, next) => {
      if (call.operation === 'status') await step('refund', 'o-1');
      return next(call);
    });
    assert.deepEqual((await reconcile()).rows, ['o-1 in_flight not_given_back']);
    assert.equal(stored()[0]?.data.status, 'refunded');
    assert.equal(stored()[0]?.revision, 3);
    assert.deepEqual((await reconcile()).rows, []);
  });
});
