// Is every answer of the payment provider understood, and no silence taken for one?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OffshootError } from 'offshoot/error';
import type { Outbound, Runtime } from 'offshoot/runtime';
import { memoryLedger, provider } from '../../stand-ins/provider/provider.ts';
import { meaningOf, providerAdapter } from './provider-http.ts';

/** The stand-in's own code behind a runtime's network. */
function setUp() {
  const ledger = memoryLedger();
  const { handle } = provider(ledger);
  const request = async ({ method, url, headers, body }: Outbound) => {
    const path = url.slice('http://provider'.length);
    const key = headers?.['idempotency-key'];
    const reply = handle({ method, path, key, body: body ?? '', at: 0 });
    if (reply.drop) throw new OffshootError('UNAVAILABLE', 'dropped');
    return { status: reply.status, headers: {}, body: reply.body };
  };
  const adapter = providerAdapter({ request } as unknown as Runtime, 'http://provider/');
  const at = (key: string) => ({ key, deadlineMs: 1_000 });
  return {
    ledger,
    call: (name: string, input: unknown, key: string) => adapter.call(name, input, at(key)),
    ask: (name: string, key: string) => adapter.ask!(name, at(key)),
  };
}

const money = { amount: 500, currency: 'EUR', reference: 'o-1' };
const visa = { ...money, method: 'pm_card_visa' };
const key = 'order/o-1/authorise';

describe('the provider over HTTP', () => {
  test('holds and takes money, once a key', async () => {
    const { call, ledger } = setUp();
    const held = (await call('authorise', visa, key)) as { id: string };
    assert.deepEqual(await call('authorise', visa, key), held);
    const input = { authorisation: held.id };
    const taken = (await call('capture', input, 'order/o-1/capture')) as { status: string };
    assert.equal(taken.status, 'captured');
    assert.deepEqual(await call('capture', input, 'order/o-1/capture'), taken);
    assert.equal(ledger.lastSeq(), 2);
  });

  test('trap 35: puts a key into a path as one part of it, whatever it is made of', async () => {
    const { call, ask } = setUp();
    const odd = 'order/a&x=1?y#z/../authorise';
    const held = (await call('authorise', visa, odd)) as { id: string };
    assert.deepEqual(await ask('authorise', odd), held);
    assert.equal(await ask('authorise', 'order/a'), undefined);
  });

  test('gives money back, once a key and never more than was taken', async () => {
    const { call, ledger } = setUp();
    const held = (await call('authorise', visa, key)) as { id: string };
    const taken = (await call('capture', { authorisation: held.id }, 'order/o-1/capture')) as {
      captureId: string;
    };
    const input = { captureId: taken.captureId, amount: 500 };
    const back = (await call('refund', input, 'order/o-1/refund')) as { status: string };
    assert.equal(back.status, 'refunded');
    assert.deepEqual(await call('refund', input, 'order/o-1/refund'), back);
    assert.equal(ledger.lastSeq(), 3);
    const more = await call('refund', input, 'another');
    assert.deepEqual(more, { status: 'refused', state: 'refunded' });
  });

  test('takes a decline for an answer', async () => {
    const { call } = setUp();
    const declined = await call('authorise', { ...money, method: 'pm_card_declined' }, key);
    assert.deepEqual(declined, { status: 'declined', reason: 'card_declined' });
    const nothing = await call('authorise', { ...visa, amount: 0 }, `${key}2`);
    assert.deepEqual(nothing, { status: 'declined', reason: 'invalid_amount' });
  });

  test('can be asked by key what became of a lost answer', async () => {
    const { call, ask } = setUp();
    const input = { ...money, method: 'pm_card_drop_after_charge' };
    assert.equal(await ask('authorise', key), undefined);
    await assert.rejects(call('authorise', input, key), { code: 'UNAVAILABLE' });
    const known = (await ask('authorise', key)) as { status: string };
    assert.equal(known.status, 'authorised');
  });

  test('lets go by key, also before anything was held', async () => {
    const { call } = setUp();
    await call('authorise', visa, key);
    assert.deepEqual(await call('void', { key }, 'order/o-1/void'), { status: 'voided' });
    assert.deepEqual(await call('void', { key: 'never' }, 'order/o-2/void'), { status: 'absent' });
    const late = await call('authorise', visa, 'never');
    assert.deepEqual(late, { status: 'declined', reason: 'voided' });
  });

  test('reads the ledger a page at a time, and asks which id a key made', async () => {
    const { call } = setUp();
    const { id } = (await call('authorise', visa, key)) as { id: string };
    const taken = await call('capture', { authorisation: id }, 'order/o-1/capture');
    const { captureId } = taken as { captureId: string };
    const made = await call('made', { key: 'order/o-1/capture' }, 'unused');
    assert.deepEqual(made, { id: captureId });
    const first = (await call('ledger', { after: 0, limit: 1 }, 'unused')) as any;
    const second = (await call('ledger', { after: first.next, limit: 1 }, 'unused')) as any;
    assert.deepEqual([first.entries[0].kind, first.next], ['authorised', 1]);
    assert.deepEqual([second.entries[0].kind, second.next], ['captured', null]);
    await assert.rejects(call('made', { key: 'never' }, 'unused'), { code: 'BAD_UPSTREAM' });
  });

  test('says so when money is taken already, or gone already', async () => {
    const { call } = setUp();
    const { id } = (await call('authorise', visa, key)) as { id: string };
    await call('capture', { authorisation: id }, 'order/o-1/capture');
    const refused = { status: 'refused', state: 'captured' };
    assert.deepEqual(await call('void', { key }, 'order/o-1/void'), refused);
    assert.deepEqual(await call('capture', { authorisation: id }, 'another'), refused);
  });

  test('takes what says nothing about the outcome for availability', () => {
    const thrown = (status: number, code: string) => () =>
      meaningOf('authorise', { status, body: { code } });
    assert.throws(thrown(503, 'UNAVAILABLE'), { code: 'UNAVAILABLE' });
    assert.throws(thrown(429, 'RATE_LIMITED'), { code: 'UNAVAILABLE' });
    assert.throws(thrown(409, 'OUTCOME_PENDING'), { code: 'OUTCOME_PENDING' });
    // Money may be held under this key: never a decline.
    assert.throws(thrown(422, 'IDEMPOTENCY_KEY_REUSED'), { code: 'BAD_UPSTREAM' });
    assert.throws(thrown(404, 'ROUTE_NOT_FOUND'), { code: 'BAD_UPSTREAM' });
    assert.throws(() => meaningOf('capture', { status: 404, body: {} }), { code: 'BAD_UPSTREAM' });
  });
});
