// How does each test payment method behave? One table.
import type { OperationName } from './ledger.ts';

export interface MethodBehaviour {
  /** Refused with this reason; nothing below applies. */
  readonly declines?: string;
  /** The first request of a key is answered this much after it acted. */
  readonly delayMs?: number;
  /** A repeat that comes before that answer is told to wait (`OUTCOME_PENDING`). */
  readonly pendsRepeats?: boolean;
  /** The first request of a key acts, then loses its connection, in these operations. */
  readonly drops?: readonly OperationName[];
  /** So many requests of each key are answered 503 and do nothing. */
  readonly failures?: number;
}

/** The test methods; anything else is declined as `unknown_method`. */
export const METHODS: Readonly<Record<string, MethodBehaviour>> = {
  pm_card_visa: {},
  pm_card_declined: { declines: 'card_declined' },
  pm_card_insufficient_funds: { declines: 'insufficient_funds' },
  pm_card_slow: { delayMs: 3_000, pendsRepeats: true },
  pm_card_drop_after_charge: { drops: ['authorise', 'capture'] },
  pm_card_error: { failures: 2 },
  pm_card_twice: { delayMs: 6_000 },
};

const UNKNOWN: MethodBehaviour = { declines: 'unknown_method' };

export const behaviourOf = (method: string): MethodBehaviour =>
  Object.hasOwn(METHODS, method) ? METHODS[method]! : UNKNOWN;
