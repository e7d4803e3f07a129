// What must have happened before some answers can be given: orders at each end, somebody to lose?
import { session } from './cast.ts';
import type { Cast } from './person.ts';
import type { Stage } from './stage.ts';

export interface Scene {
  /** The customer's orders, as far as each has come. */
  readonly shipped: string;
  /** After it was confirmed. */
  readonly cancelled: string;
  /** Just placed. */
  readonly toCancel: string;
  /** A profile that nobody misses. */
  readonly expendable: string;
  /** Of somebody; good for once. */
  refreshToken(): string;
}

const ATTEMPTS_MAX = 30;

/** Goes shopping until there is one of each. Throws when the shop does not play along. */
export async function scene(stage: Stage, { admin, customer }: Cast): Promise<Scene> {
  const { surface, draft, valid, ask, until, known, chance } = stage;
  const place = surface.named('orders.place');
  const get = surface.named('orders.get');
  await ask(draft(surface.named('catalog.list'), customer, { limit: 50 }));

  const ordered = async (): Promise<string> => {
    const productId = known.value('productId', place, customer.name, chance);
    const items = [{ productId, quantity: 1 }];
    const { json } = await ask(
      valid(place, customer, { items, payment: { method: 'pm_card_visa' } }),
    );
    return json.orderId;
  };
  const reaches = async (orderId: string, ...statuses: readonly string[]) => {
    const look = () => draft(get, customer, { orderId });
    const { json } = await until(look, (told) => statuses.includes(told.json?.status));
    return json?.status as string;
  };

  const shipped = await ordered();
  await reaches(shipped, 'shipped');
  const cancelled = await cancelledOrder();
  // A shipment follows its order a moment later.
  const parcel = () => draft(surface.named('shipping.get'), customer, { orderId: cancelled });
  await until(parcel, ({ json }) => json?.status === 'cancelled');
  const created = await ask(valid(surface.named('users.create'), admin));
  const { refreshToken } = await session(stage, 'zephyrine.passer.by@example.test');
  return {
    ...{ shipped, cancelled, toCancel: await ordered(), expendable: created.json.userId },
    refreshToken: () => refreshToken,
  };

  /** Between its confirmation and its shipment is a moment; whoever misses it tries another. */
  async function cancelledOrder(): Promise<string> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const orderId = await ordered();
      if ((await reaches(orderId, 'confirmed', 'shipped')) !== 'confirmed') continue;
      const cancel = draft(surface.named('orders.cancel'), customer, { orderId });
      if ((await ask(cancel)).status === 202) return orderId;
    }
    throw new Error('no order could be cancelled after it was confirmed');
  }
}
