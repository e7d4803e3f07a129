// Is a customer told each fact once, whether the address came before it or after?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERASED } from 'offshoot/contract';
import { arrival } from './addresses.ts';
import { type Fact, letter } from './letter.ts';
import { messageIdOf } from './mail-port.ts';
import { told } from './notice.ts';
import { telling } from './order-facts.ts';

const fact = (kind: Fact['kind'] = 'order.confirmed', reason = ''): Fact => ({
  ...{ eventId: 'e-1', kind, orderId: 'o-1', userId: 'u-1', reason },
});
const SENT = {
  stream: 'notification/e-1',
  expected: 0,
  data: {
    ...{ userId: 'u-1', orderId: 'o-1', kind: 'order.confirmed' },
    messageId: '<e-1@shop.offshoot.dev>',
  },
};

const appendsOf = ({ appends = [] }: Pick<ReturnType<typeof told>, 'appends'>) =>
  appends.map(({ stream, expected, events }) => ({ stream, expected, data: events[0]?.data }));
const changesOf = ({ documents = [] }: Pick<ReturnType<typeof told>, 'documents'>) =>
  documents.map(({ collection, id, data }) => [collection.name, id, data && 'kept']);

describe('a letter', () => {
  test('greets by name, and names the order in subject and text', () => {
    for (const kind of ['order.confirmed', 'order.shipped', 'order.cancelled'] as const) {
      const { subject, text } = letter(fact(kind), 'Ada');
      assert.match(subject, /order o-1/);
      assert.match(text, /^Hello Ada,\n/);
      assert.match(text, /Your order: o-1/);
    }
    assert.match(letter(fact(), '').text, /^Hello,\n/);
  });

  test('says why an order was cancelled, also for a reason that nobody foresaw', () => {
    assert.match(letter(fact('order.cancelled', 'OUT_OF_STOCK'), '').text, /not have enough/);
    assert.match(letter(fact('order.cancelled', 'toString'), '').text, /could not be carried out/);
  });
});

describe('what became of a mail', () => {
  test('a mail that was sent is told to others and kept', () => {
    const unit = told(fact(), 'sent', 5);
    assert.deepEqual(appendsOf(unit), [SENT]);
    assert.deepEqual(changesOf(unit), [['notices', 'e-1', 'kept']]);
  });

  test('a mail that was not sent is only kept', () => {
    for (const outcome of ['rejected', 'erased'] as const) {
      const unit = told(fact(), outcome, 5);
      assert.deepEqual(appendsOf(unit), []);
      assert.deepEqual(unit.documents?.[0]?.data.outcome, outcome);
    }
  });

  test('its Message-ID comes from the event alone', () => {
    assert.equal(messageIdOf('e-1'), '<e-1@shop.offshoot.dev>');
  });
});

describe('a fact about an order', () => {
  const handling = telling('order.confirmed');
  const event = { id: 'e-1', data: { orderId: 'o-1', customerId: 'u-1' } } as any;

  test('is told when it was sent', () => {
    const loaded = { recipient: undefined };
    const unit = handling.decide({ event, prepared: 'sent', loaded, at: 5 });
    assert.deepEqual(appendsOf(unit), [SENT]);
  });

  test('waits in a document while there is no address', () => {
    const given = { event, prepared: undefined, loaded: { recipient: undefined }, at: 5 };
    const unit = handling.decide(given);
    assert.deepEqual(appendsOf(unit), []);
    assert.deepEqual(changesOf(unit), [['pending', 'e-1', 'kept']]);
    assert.deepEqual(unit.documents?.[0]?.data, fact());
  });

  test('comes again when the address arrived while it was looked at', () => {
    const given = { event, prepared: undefined, loaded: { recipient: {} }, at: 5 };
    assert.throws(() => handling.decide(given), { code: 'UNAVAILABLE' });
  });

  test('sends nothing to somebody who was erased', async () => {
    const recipient = { data: { userId: 'u-1', name: ERASED, email: ERASED } };
    const reach = { read: async () => recipient, outside: () => assert.fail('it was sent') };
    assert.equal(await handling.prepare({ event }, reach as any), 'erased');
  });
});

describe('the arrival of an address', () => {
  const event = { id: 'e-9', data: { userId: 'u-1', name: 'Ada', email: 'ada@x.test' } };
  const waiting = [
    { id: 'e-1', data: fact() },
    { id: 'e-2', data: { ...fact('order.shipped'), eventId: 'e-2' } },
  ];
  const decide = (prepared: ReadonlyMap<string, string>) =>
    arrival.handling.decide({ event, prepared, loaded: { waiting }, at: 5, id: 'x' } as any)!;

  test('sends what waited, in order', async () => {
    const subjects: string[] = [];
    const send = async ({ subject }: { subject: string }) => {
      subjects.push(subject);
      return { status: 'accepted' };
    };
    const reach = { read: async () => waiting, outside: () => ({ send }) };
    const outcomes = await arrival.handling.prepare!({ event } as any, reach as any);
    assert.deepEqual(
      [...(outcomes as Map<string, string>)],
      [
        ['e-1', 'sent'],
        ['e-2', 'sent'],
      ],
    );
    assert.match(subjects.join('\n'), /We have your order.*\n.*on its way/);
  });

  test('is kept in the commit that tells what became of all that waited', () => {
    const unit = decide(
      new Map([
        ['e-1', 'sent'],
        ['e-2', 'rejected'],
      ]),
    );
    assert.deepEqual(appendsOf(unit), [SENT]);
    assert.deepEqual(changesOf(unit), [
      ['recipients', 'u-1', 'kept'],
      ['notices', 'e-1', 'kept'],
      ['notices', 'e-2', 'kept'],
      ['pending', 'e-1', undefined],
      ['pending', 'e-2', undefined],
    ]);
  });

  test('comes again when a fact began to wait meanwhile', () => {
    assert.throws(() => decide(new Map([['e-1', 'sent']])), { code: 'UNAVAILABLE' });
  });
});
