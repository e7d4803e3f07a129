// How is a difference mended: what is asked of the provider, and what payments then writes down?
import { OffshootError } from 'offshoot/error';
import type { Reach } from 'offshoot/store';
import type { Finding } from './difference.ts';
import { mayBecome, type Payment } from './payment.ts';
import { authorised, captured, type Move, refunded, voided } from './payment-move.ts';
import { aboutOrder, authorisationKey, provider } from './provider-port.ts';
import { type Charge, isOwn } from './statement.ts';

/** The provider's ids that a payment takes over. */
interface Ids {
  readonly captureId: string;
  readonly refundId: string;
}

/** One difference of one order, and the payment as it was when it was found. */
export interface Case extends Finding {
  readonly orderId: string;
  readonly payment: Payment | undefined;
}

const KEY_CHARACTERS_MAX = 200;

/**
 * Does what the finding asks of the provider, and returns what payments has to write down: moves,
 * or none. `unmended` when the provider will not have it: then a person must look; `in_flight` when
 * it is still at it with the same key. Asks by the keys of the order, like the checkout, or by one
 * that derives from a stray charge's own: a repeat moves nothing more. Throws what is about
 * availability.
 */
export async function mended(
  one: Case,
  reach: Reach,
): Promise<readonly Move[] | 'unmended' | 'in_flight'> {
  try {
    const ids = await done(one, reach);
    return ids ? movesOf(one, ids) : 'unmended';
  } catch (error) {
    const code = error instanceof OffshootError ? error.code : '';
    if (code === 'BAD_UPSTREAM') return 'unmended';
    if (code === 'OUTCOME_PENDING') return 'in_flight';
    throw error;
  }
}

function clientFor({ orderId, charge }: Case, reach: Reach) {
  if (!charge || isOwn(orderId, charge)) return reach.outside(provider, aboutOrder(orderId));
  const { key, authorisation } = charge;
  return reach.outside(
    provider,
    `reconcile/${key.length > KEY_CHARACTERS_MAX ? authorisation : key}`,
  );
}

type Client = ReturnType<typeof clientFor>;

async function done(one: Case, reach: Reach): Promise<Ids | undefined> {
  const client = clientFor(one, reach);
  const { action, orderId, charge } = one;
  switch (action) {
    case 'void': {
      const { status } = await client.void({ key: charge?.key ?? authorisationKey(orderId) });
      return status === 'refused' ? undefined : { captureId: '', refundId: '' };
    }
    case 'refund':
      return charge && givenBack(one, charge, client);
    case 'capture': {
      const answer = charge && (await client.capture({ authorisation: charge.authorisation }));
      return answer?.status === 'captured'
        ? { captureId: answer.captureId, refundId: '' }
        : undefined;
    }
    default:
      return charge && known(one, charge, client);
  }
}

async function givenBack(one: Case, charge: Charge, client: Client): Promise<Ids | undefined> {
  const { captureId } = await known(one, charge, client);
  const amount = charge.amount - charge.refunded;
  const answer = await client.refund({ captureId, amount });
  return answer.status === 'refunded' ? { captureId, refundId: answer.id } : undefined;
}

/** Ids of what was done already, from the provider where payments does not know them. */
async function known({ orderId, payment }: Case, charge: Charge, client: Client): Promise<Ids> {
  const own = isOwn(orderId, charge) ? payment : undefined;
  const idOf = async (id: string | undefined, key: string) =>
    id || (key ? (await client.made({ key })).id : '');
  return {
    captureId: await idOf(own?.captureId, charge.captureKey),
    refundId: await idOf(own?.refundId, charge.refundKey),
  };
}

/** The steps from what payments believes to what is true now. */
function movesOf({ orderId, payment, becomes, charge }: Case, ids: Ids): readonly Move[] {
  if (!becomes) return [];
  const moves: Move[] = [];
  const now = () => moves.at(-1)?.payment ?? payment;
  if (!payment && charge) {
    const { authorisation, amount, currency } = charge;
    moves.push(authorised(orderId, authorisation, { amount, currency }));
  }
  if (becomes === 'voided') return [...moves, voided(orderId, now())];
  const take = now();
  if (becomes !== 'authorised' && take && mayBecome(take.status, 'captured'))
    moves.push(captured(take, ids.captureId));
  const back = now();
  if (becomes === 'refunded' && back) moves.push(refunded(back, ids.refundId));
  return moves;
}
