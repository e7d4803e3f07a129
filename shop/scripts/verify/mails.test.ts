// Is a mail that is missing, foreign or sent against a wish found, and a second copy only counted?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stores } from '../evidence/stores.ts';
import type { Facts } from './facts.ts';
import { mailsInvariant } from './mails.ts';

const mail = (id: string) => ({ messageId: `<${id}@shop.offshoot.dev>`, subject: `about ${id}` });

function look(mails: ReturnType<typeof mail>[] | undefined, outcomes: object[] = []) {
  const events = new Map([
    ['order.confirmed', [{ id: 'e-1', key: 'o-1' }]],
    ['order.cancelled', [{ id: 'e-2', key: 'o-2' }]],
    ['product.created', [{ id: 'e-3', key: 'p-1' }]],
  ]);
  const documents = () => outcomes.map((data, index) => ({ id: `n-${index}`, data }));
  const stores = new Map([['notifications', { documents }]]) as unknown as Stores;
  return mailsInvariant({ log: { events } } as unknown as Facts, stores, mails);
}
const withheld = [{ messageId: mail('e-2').messageId, outcome: 'erased' }];

test('one mail for each fact is right, and a second copy of one is counted', () => {
  const { ok, detail } = look([mail('e-1'), mail('e-2'), mail('e-1')]);
  assert.ok(ok);
  assert.equal(detail, '2 mails, 1 repeats of the same mail, 0 withheld');
});

test('a fact without a mail is named', () => {
  const { ok, detail } = look([mail('e-1')]);
  assert.ok(!ok);
  assert.equal(detail, 'order.cancelled e-2 of order o-2: no mail');
});

test('a mail without a fact is named', () => {
  const { ok, detail } = look([mail('e-1'), mail('e-2'), mail('e-3')]);
  assert.ok(!ok);
  assert.equal(detail, "mail <e-3@shop.offshoot.dev> 'about e-3' tells of no fact");
});

test('a mail that was withheld must not have arrived', () => {
  assert.ok(look([mail('e-1')], withheld).ok);
  const { ok, detail } = look([mail('e-1'), mail('e-2')], withheld);
  assert.ok(!ok);
  assert.match(detail, /e-2 .* said to be withheld, and arrived/);
});

test('without a mailbox nothing is said', () => {
  assert.deepEqual(look(undefined), {
    name: 'each fact has its mail',
    ok: true,
    detail: 'skipped: no mailbox runs on this data',
  });
});
