// Which contracts make up the shop? What derives from all of them starts here.
import { catalog } from './catalog.ts';
import { identity } from './identity.ts';
import { inventory } from './inventory.ts';
import { notifications } from './notifications.ts';
import { orders } from './orders.ts';
import { payments } from './payments.ts';
import { recommendations } from './recommendations.ts';
import { shipping } from './shipping.ts';
import { users } from './users.ts';

export {
  catalog,
  identity,
  inventory,
  notifications,
  orders,
  payments,
  recommendations,
  shipping,
  users,
};

/** Every contract, in the order in which an order meets them. */
export const CONTRACTS = [
  identity,
  users,
  catalog,
  orders,
  inventory,
  payments,
  shipping,
  notifications,
  recommendations,
] as const;
