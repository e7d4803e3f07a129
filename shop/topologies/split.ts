// How does the shop run in several processes on one machine, each service with a file of its own?
import { topology } from 'offshoot/host';
import { gateway } from '../edge/gateway.ts';
import { catalog } from '../services/catalog/service.ts';
import { identity } from '../services/identity/service.ts';
import { inventory } from '../services/inventory/service.ts';
import { notifications } from '../services/notifications/service.ts';
import { orders } from '../services/orders/service.ts';
import { payments } from '../services/payments/service.ts';
import { recommendations } from '../services/recommendations/service.ts';
import { shipping } from '../services/shipping/service.ts';
import { users } from '../services/users/service.ts';
import { monolith } from './monolith.ts';

const { services: _, ...plan } = monolith;

/**
 * The monolith, but for which process runs what: four of them, that find each other by the registry
 * that one of them keeps, call each other and read each other's feeds. No server is needed, and no
 * service knows.
 */
export const split = topology({
  ...plan,
  name: 'split',
  registry: { kind: 'embedded', host: 'edge' },
  hosts: [
    { name: 'edge', services: [identity, users], edge: gateway, listen: { port: 3000 } },
    { name: 'sales', services: [orders, recommendations] },
    { name: 'goods', services: [catalog, inventory, shipping] },
    { name: 'money', services: [payments, notifications] },
  ],
});
