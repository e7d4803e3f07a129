// Does money add up to the cent, and do currencies stay apart?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'offshoot/contract';
import { add, Money, shown, times } from './money.ts';

const eur = (amount: number): Money => ({ amount, currency: 'EUR' });
const amounts = fc.integer({ min: 0, max: 1_000_000_000 });

test('multiplying is adding so many times', () => {
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 50 }), (amount, count) => {
      const summed = Array.from({ length: count }, () => eur(amount)).reduce(add);
      assert.deepEqual(times(eur(amount), count), summed);
    }),
  );
});

test('adding does not ask for the order', () => {
  fc.assert(
    fc.property(amounts, amounts, (one, other) =>
      assert.deepEqual(add(eur(one), eur(other)), add(eur(other), eur(one))),
    ),
  );
});

test('trap 56: two currencies never mix', () => {
  const usd = { amount: 1, currency: 'USD' };
  assert.throws(() => add(eur(1), usd), { code: 'VALIDATION_FAILED' });
});

test('refuses an amount that is no exact number of minor units', () => {
  assert.throws(() => times(eur(Number.MAX_SAFE_INTEGER), 2), { code: 'VALIDATION_FAILED' });
  assert.throws(() => times(eur(10), 0.25), { code: 'VALIDATION_FAILED' });
  assert.throws(() => times(eur(10), -1), { code: 'VALIDATION_FAILED' });
});

test('trap 56: ten cents and twenty cents are thirty', () => {
  assert.equal(shown(add(eur(10), eur(20))), '0.30 EUR');
});

test('trap 56: an amount is shown with as many digits as its currency has', () => {
  const texts = [
    [eur(5_490), '54.90 EUR'],
    [eur(0), '0.00 EUR'],
    [{ amount: 5_490, currency: 'JPY' }, '5490 JPY'],
    [{ amount: 5_490, currency: 'KWD' }, '5.490 KWD'],
    [eur(Number.MAX_SAFE_INTEGER), '90071992547409.91 EUR'],
  ] as const;
  for (const [money, text] of texts) assert.equal(shown(money), text);
});

test('on the wire an amount is a whole number from 0 on, in a currency of three letters', () => {
  const fits = (value: unknown) => parse(Money, value).ok;
  assert.ok(fits(eur(0)));
  for (const amount of [-1, 1.5, '5', Number.NaN, 2 ** 53, null])
    assert.ok(!fits({ amount, currency: 'EUR' }));
  for (const currency of ['eur', 'EURO', '', 978]) assert.ok(!fits({ amount: 1, currency }));
});
