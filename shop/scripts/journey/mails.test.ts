// Does a journey notice a mail that is missing, came twice, or should never have been sent?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENDINGS } from './ending.ts';
import { mailMistakes } from './mails.ts';

const fact = (type: string) => ({ type, messageId: `<${type}>` });
const mailOf = (type: string) => ({ messageId: `<${type}>`, subject: type });
const CONFIRMED = 'order.confirmed';
const SHIPPED = 'order.shipped';
const CANCELLED = 'order.cancelled';

describe('the mails of a journey', () => {
  const mistakes = (ending: keyof typeof ENDINGS, facts: string[], mails = facts) =>
    mailMistakes(ENDINGS[ending], facts.map(fact), mails.map(mailOf));

  test('are one for each fact that its ending tells of', () => {
    assert.deepEqual(mistakes('shipped', [CONFIRMED, SHIPPED]), []);
    assert.deepEqual(mistakes('confirmed', [CONFIRMED]), []);
    assert.deepEqual(mistakes('confirmed', [CONFIRMED, SHIPPED]), []);
    assert.deepEqual(mistakes('declined', [CANCELLED]), []);
    assert.deepEqual(mistakes('cancelledAfter', [CONFIRMED, CANCELLED]), []);
  });

  test('are missed, and counted when they came twice', () => {
    assert.deepEqual(mistakes('shipped', [CONFIRMED, SHIPPED], [CONFIRMED]), [
      '0 mails about order.shipped',
    ]);
    const twice = [CONFIRMED, SHIPPED, SHIPPED];
    assert.deepEqual(mistakes('shipped', [CONFIRMED, SHIPPED], twice), [
      '2 mails about order.shipped',
    ]);
    assert.deepEqual(mistakes('declined', []), ['0 mails about order.cancelled']);
  });

  test('confirm nothing that was cancelled before it stood', () => {
    for (const ending of ['declined', 'outOfStock', 'cancelledBefore'] as const) {
      assert.deepEqual(mistakes(ending, [CANCELLED], [CANCELLED, CONFIRMED]), [
        "the mail 'order.confirmed' should not have been sent",
      ]);
      assert.deepEqual(mistakes(ending, [CONFIRMED, CANCELLED]), [
        'it was order.confirmed',
        "the mail 'order.confirmed' should not have been sent",
      ]);
    }
  });
});
