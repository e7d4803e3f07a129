// What must have happened before some answers can be given: orders at each end, somebody to lose?
import { session } from './cast.ts';
import type { Cast } from './person.ts';
import type { Stage } from './stage.ts';

export interface Scene {
  /** The customer's orders, as far as each has come. */
  readonly shipped: string;
  /** After it was confirmed. */
  readonly cancelled: string;
  /** A profile that nobody misses. */
  readonly expendable: string;
  /** Of somebody; good for once. */
  readonly refreshToken: string;
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
    const payment = { method: 'pm_card_visa' };
    const { json } = await ask(valid(place, customer, { items, payment }));
    return json.orderId;
  };
  /** What may be out of stock, or already on its way, is tried again with another. */
  const orderThat = async (
    isThere: (status: string) => boolean,
    then: (orderId: string) => Promise<boolean> = async () => true,
  ): Promise<string> => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const orderId = await ordered();
      const look = () => draft(get, customer, { orderId });
      const isOver = (status = '') => isThere(status) || status === 'cancelled';
      const { json } = await until(look, (told) => isOver(told.json?.status));
      if (isThere(json?.status) && (await then(orderId))) return orderId;
    }
    throw new Error(`none of ${ATTEMPTS_MAX} orders came as far as it should`);
  };

  const shipped = await orderThat((status) => status === 'shipped');
  // Between its confirmation and its shipment is only a moment.
  const cancelled = await orderThat(
    (status) => status === 'confirmed' || status === 'shipped',
    async (orderId) => {
      const cancel = draft(surface.named('orders.cancel'), customer, { orderId });
      return (await ask(cancel)).status === 202;
    },
  );
  // A shipment follows its order a moment later.
  const parcel = () => draft(surface.named('shipping.get'), customer, { orderId: cancelled });
  await until(parcel, ({ json }) => json?.status === 'cancelled');
  const created = await ask(valid(surface.named('users.create'), admin));
  const { refreshToken } = await session(stage, 'zephyrine.passer.by@example.test');
  const expendable: string = created.json.userId;
  return { shipped, cancelled, expendable, refreshToken };
}
