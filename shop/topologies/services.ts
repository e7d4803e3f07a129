// Which services make up the shop, wherever each of them runs?
import { catalog } from '../services/catalog/service.ts';
import { identity } from '../services/identity/service.ts';
import { inventory } from '../services/inventory/service.ts';
import { notifications } from '../services/notifications/service.ts';
import { orders } from '../services/orders/service.ts';
import { payments } from '../services/payments/service.ts';
import { recommendations } from '../services/recommendations/service.ts';
import { shipping } from '../services/shipping/service.ts';
import { users } from '../services/users/service.ts';

export const SERVICES = [
  identity,
  users,
  catalog,
  orders,
  inventory,
  payments,
  shipping,
  notifications,
  recommendations,
];
