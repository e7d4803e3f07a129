// How is money written and added up, so that no cent is lost and no two currencies meet?
import { OffshootError } from 'offshoot/error';
import { z } from 'zod';

/** An amount in minor units of an ISO 4217 currency: 54.90 euros is `{ amount: 5490, … 'EUR' }`. */
export const Money = z.object({
  amount: z.int().min(0),
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters, ISO 4217'),
});
export type Money = z.output<typeof Money>;

function whole(amount: number, currency: string): Money {
  if (Number.isSafeInteger(amount) && amount >= 0) return { amount, currency };
  throw new OffshootError('VALIDATION_FAILED', `${amount} ${currency} is no amount of money`);
}

/** `54.90 EUR`, `5490 JPY`: with as many digits as the currency has, without rounding. */
export function shown({ amount, currency }: Money): string {
  const digits = digitsOf(currency);
  const text = String(amount).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${digits > 0 ? `${whole}.${text.slice(-digits)}` : whole} ${currency}`;
}

/** Minor units are a power of ten of the currency's own: 2 for EUR, 0 for JPY, 3 for KWD. */
function digitsOf(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** The sum. Throws VALIDATION_FAILED for two currencies and beyond 2^53 minor units. */
export function add(one: Money, other: Money): Money {
  if (one.currency === other.currency) return whole(one.amount + other.amount, one.currency);
  const message = `${one.currency} and ${other.currency} do not mix; order them separately`;
  throw new OffshootError('VALIDATION_FAILED', message);
}

/** So many of it. Throws VALIDATION_FAILED for a count that is no whole number from 0 on. */
export function times(price: Money, count: number): Money {
  return whole(price.amount * count, price.currency);
}
