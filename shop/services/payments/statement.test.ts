// Does the provider's ledger add up to what became of each charge, however often a page is read?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LedgerLine, type Statement, statementIdOf, withLine } from './statement.ts';

let seq = 0;
const line = (kind: LedgerLine['kind'], more: Partial<LedgerLine> = {}): LedgerLine => ({
  ...{ seq: ++seq, at: `2026-11-21T00:00:0${seq % 10}.000Z`, kind, authorisation: 'auth_1' },
  ...{ key: `order/o-1/${kind === 'authorised' ? 'authorise' : kind}`, amount: 500 },
  ...{ currency: 'EUR', reference: 'o-1', ...more },
});
const statement = (lines: readonly LedgerLine[], before?: Statement) =>
  lines.reduce<Statement | undefined>((made, one) => withLine(made, one, 1), before);

describe('a statement', () => {
  const taken = [line('authorised'), line('captured')];

  test('follows a charge from being held to being given back', () => {
    const [held] = statement(taken.slice(0, 1))?.charges ?? [];
    assert.deepEqual([held?.state, held?.key], ['held', 'order/o-1/authorise']);
    const back = statement([...taken, line('refunded', { amount: 200 })])?.charges;
    assert.deepEqual(
      back?.map((one) => [one.state, one.refunded, one.captureKey, one.refundKey]),
      [['captured', 200, 'order/o-1/captured', 'order/o-1/refunded']],
    );
  });

  test('takes in each line once', () => {
    const refunded = [...taken, line('refunded', { amount: 200 })];
    const once = statement(refunded);
    assert.deepEqual(statement(refunded, once), once);
  });

  test('begins anew with a new reading of the ledger', () => {
    const old = statement(taken)!;
    const fresh = withLine(old, { ...taken[0]!, seq: 1 }, 2);
    assert.deepEqual([fresh.reading, fresh.seq, fresh.charges.length], [2, 1, 1]);
  });

  test('forgets charges of others that are over, and never its own', () => {
    const theirs = { authorisation: 'auth_2', key: 'by-hand' };
    const open = statement([...taken, line('authorised', theirs)]);
    assert.equal(open?.charges.length, 2);
    const over = statement([line('voided', theirs), line('refunded')], open);
    assert.deepEqual(
      over?.charges.map((one) => one.key),
      ['order/o-1/authorise'],
    );
  });

  test('of a declined charge has nothing; of one without an order it is the charge’s own', () => {
    assert.deepEqual(statement([line('declined', { authorisation: null })])?.charges, []);
    const { reference: _, ...nameless } = line('authorised');
    assert.equal(statementIdOf(nameless), 'auth_1');
    assert.equal(statement([nameless])?.orderId, '');
  });
});
