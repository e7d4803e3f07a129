// Does each fact become one mail in a real mailbox, through outages, late addresses and repeats?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { anyone, command, contract, isRefused, jsonSchema } from 'offshoot/contract';
import { Principal } from 'offshoot/security';
import { commandHandler, service } from 'offshoot/service';
import { append, START } from 'offshoot/store';
import { type System, system } from 'offshoot/testing';
import { notifications as contractOfOurs, orders, users } from '../../contracts/index.ts';
import { type Mailbox, mailbox } from '../../stand-ins/mailbox/server.ts';
import type { Kept } from '../../stand-ins/mailbox/spool.ts';
import { messageIdOf } from './mail-port.ts';
import { type SmtpAdapter, smtpAdapter } from './mail-smtp.ts';
import { notifications } from './service.ts';

const PATIENCE_MS = 10_000;
const anything = jsonSchema<Record<string, unknown>>({ type: 'object' });

/** Says an event of a real contract, whose own service is not here. */
function teller(of: typeof orders | typeof users, noun: string) {
  const tell = { input: anything, output: anything, access: anyone() };
  const made = contract(of.name, {
    ...{ version: 1, noun, events: {} },
    operations: { tell: command('POST /', tell) },
  });
  const handler = commandHandler(made.tell, {
    decide({ input }) {
      const { event, ...data } = input as { event: string };
      const value = (of.events as Record<string, any>)[event](data);
      return { appends: [append(`${noun}/${value.key}`, [value])], reply: {} };
    },
  });
  return { tell: made.tell, definition: service(made, { handlers: { tell: handler } }) };
}
const order = teller(orders, 'order');
const user = teller(users, 'user');

let folder: string;
let box: Mailbox;
let adapter: SmtpAdapter;
let shop: System;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notifications-'));
  box = await mailbox({ data: join(folder, 'mailbox.db') });
  adapter = smtpAdapter(box.smtpUrl);
  shop = await system([order.definition, user.definition, notifications], {
    outside: { mail: adapter },
  });
});
afterEach(async () => {
  adapter.close();
  await shop.close();
  await box.close();
  rmSync(folder, { recursive: true, force: true });
});

const signUp = (userId: string, email = `${userId}@example.test`) =>
  shop.invoke(user.tell, { event: 'created', userId, name: `Name of ${userId}`, email });

function tell(event: 'confirmed' | 'shipped' | 'cancelled', orderId: string, customerId: string) {
  const price = { amount: 1, currency: 'EUR' };
  const items = [{ productId: 'p', sku: 'SKU', quantity: 1, price }];
  const more = {
    confirmed: { items, total: price },
    shipped: {},
    cancelled: { reason: 'CUSTOMER' },
  };
  return shop.invoke(order.tell, { event, orderId, customerId, ...more[event] });
}

async function mailsOf(url = box.url): Promise<Kept[]> {
  const reply = (await (await fetch(`${url}/messages?after=0`)).json()) as { messages: Kept[] };
  return reply.messages;
}

async function until<T>(look: () => Promise<T>, isDone: (seen: T) => boolean): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const seen = await look();
    if (isDone(seen)) return seen;
    assert.ok(performance.now() < end, `still ${JSON.stringify(seen)}`);
    await sleep(5);
  }
}

const entriesOf = async (name: string) =>
  (await shop.store(name).readLog(START, 1_000)).entries.filter((one) => one.public);
const untilSent = (count: number) =>
  until(
    () => entriesOf('notifications'),
    (found) => found.length >= count,
  );

test('each fact becomes one mail, whose Message-ID comes from the event', async () => {
  await signUp('ada');
  await tell('confirmed', 'o-1', 'ada');
  await tell('shipped', 'o-1', 'ada');
  await tell('cancelled', 'o-2', 'ada');
  const sent = await untilSent(3);
  const facts = await entriesOf('orders');
  const mails = await mailsOf();
  const expected = new Set(facts.map(({ id }) => messageIdOf(id)));
  assert.deepEqual(new Set(mails.map(({ messageId }) => messageId)), expected);
  assert.equal(mails.length, 3);
  assert.ok(mails.every(({ to }) => to === 'Name of ada <ada@example.test>'));
  const about = (orderId: string) =>
    mails.flatMap(({ subject }) => (subject.includes(orderId) ? [subject] : []));
  assert.equal(about('o-1').length, 2);
  assert.deepEqual(about('o-2'), ['Your order o-2 was cancelled']);
  assert.deepEqual(
    sent.map(({ type, causation }) => [type, causation]).toSorted(),
    facts.map(({ id }) => ['notification.sent', id]).toSorted(),
  );
  const log = JSON.stringify((await shop.store('notifications').readLog(START, 1_000)).entries);
  assert.ok(!log.includes('Name of') && !log.includes('example.test'));
});

test('facts that come before the address wait for it, and hold nobody else up', async () => {
  await tell('confirmed', 'o-1', 'late');
  await tell('shipped', 'o-1', 'late');
  await signUp('early');
  await tell('confirmed', 'o-2', 'early');
  await untilSent(1);
  assert.deepEqual(
    (await mailsOf()).map(({ to }) => to),
    ['Name of early <early@example.test>'],
  );
  await signUp('late');
  await untilSent(3);
  const subjects = (await mailsOf()).slice(1).map(({ subject }) => subject);
  assert.deepEqual(subjects, ['We have your order o-1', 'Your order o-1 is on its way']);
});

test('a mail server that is away for a while loses nothing and gets nothing twice', async () => {
  await signUp('ada');
  await tell('confirmed', 'o-1', 'ada');
  await untilSent(1);
  const { port } = new URL(box.url);
  const smtpPort = Number(new URL(box.smtpUrl).port);
  await box.close();
  await Promise.all(['o-2', 'o-3', 'o-4'].map((id) => tell('confirmed', id, 'ada')));
  await until(
    async () => shop.service('notifications').consumers.some((one) => one.pausedBy !== ''),
    Boolean,
  );
  box = await mailbox({ data: join(folder, 'mailbox.db'), port: Number(port), smtpPort });
  await until(
    async () => {
      await shop.runtime.advance(500);
      return entriesOf('notifications');
    },
    (found) => found.length === 4,
  );
  const ids = (await mailsOf()).map(({ messageId }) => messageId);
  const facts = await entriesOf('orders');
  assert.deepEqual(ids.toSorted(), facts.map(({ id }) => messageIdOf(id)).toSorted());
});

test('a mail that nobody will take is kept as rejected, and the next one goes out', async () => {
  await signUp('nobody', 'nobody@undeliverable.test');
  await signUp('ada');
  await tell('confirmed', 'o-1', 'nobody');
  await tell('confirmed', 'o-2', 'ada');
  await untilSent(1);
  assert.equal((await mailsOf()).length, 1);
});

test('somebody who was erased gets no more mail', async () => {
  await signUp('ada');
  await tell('confirmed', 'o-1', 'ada');
  await untilSent(1);
  await shop.invoke(user.tell, { event: 'erased', userId: 'ada' });
  await signUp('bob');
  await tell('cancelled', 'o-1', 'ada');
  await tell('confirmed', 'o-2', 'bob');
  await untilSent(2);
  const to = (await mailsOf()).map((one) => one.to);
  assert.deepEqual(to, ['Name of ada <ada@example.test>', 'Name of bob <bob@example.test>']);
});

test('a customer lists their own mails, newest first, a page at a time', async () => {
  await signUp('ada');
  for (const id of ['o-1', 'o-2', 'o-3']) await tell('confirmed', id, 'ada');
  await untilSent(3);
  const list = async (id: string, input: object) => {
    const principal = new Principal({ kind: 'user', id, roles: ['customer'] });
    const answer = await shop.invoke(contractOfOurs.list, input as never, { principal });
    assert.ok(!isRefused(answer));
    return answer;
  };
  const first = await list('ada', { limit: '2' });
  assert.deepEqual(
    first.items.map(({ orderId }) => orderId),
    ['o-3', 'o-2'],
  );
  const rest = await list('ada', { limit: '2', cursor: first.next });
  assert.deepEqual(rest, { items: rest.items, next: null });
  assert.equal(rest.items[0]?.orderId, 'o-1');
  assert.deepEqual(await list('eve', {}), { items: [], next: null });
});

test('the adapter writes one header a field, whatever the name of a person holds', async () => {
  const mail = {
    messageId: '<once@shop.test>',
    to: { name: 'Ada\r\nBcc: eve@example.test', address: 'ada@example.test' },
    subject: 'Hello',
    text: 'Hello',
  };
  const context = { key: 'k', deadlineMs: 5_000 };
  assert.deepEqual(await adapter.call('send', mail, context), { status: 'accepted' });
  const mails = await mailsOf();
  assert.equal(mails.length, 1);
  assert.match(mails[0]?.to ?? '', /<ada@example\.test>$/);
});

test('an adapter without a server names no person, and a wrong address says the fix', async () => {
  const nowhere = smtpAdapter('smtp://127.0.0.1:9');
  const mail = {
    ...{ messageId: '<1@x>', subject: 's', text: 't' },
    to: { name: 'Ada', address: 'ada@example.test' },
  };
  await assert.rejects(
    async () => nowhere.call('send', mail, { key: 'k', deadlineMs: 1_000 }),
    (error: any) => error.code === 'UNAVAILABLE' && !/Ada|ada@|127\.0/.test(error.message),
  );
  nowhere.close();
  assert.throws(() => smtpAdapter('localhost:25'), { code: 'BAD_SETTING', message: /smtp:\/\// });
});
