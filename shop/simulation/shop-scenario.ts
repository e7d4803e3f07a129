// Which shop is simulated: all in one process, or every service on a host of its own?
import type { Scenario } from 'offshoot/simulation';
import { catalog } from '../services/catalog/service.ts';
import { identity } from '../services/identity/service.ts';
import { inventory } from '../services/inventory/service.ts';
import { notifications } from '../services/notifications/service.ts';
import { orders } from '../services/orders/service.ts';
import { payments } from '../services/payments/service.ts';
import { recommendations } from '../services/recommendations/service.ts';
import { shipping } from '../services/shipping/service.ts';
import { users } from '../services/users/service.ts';
import { violations } from './invariants.ts';
import { mailViolations } from './mail-invariants.ts';
import { recommendationViolations } from './recommendation-invariants.ts';
import { shop } from './shoppers.ts';
import { type SimulatedMailbox, simulatedMailbox } from './simulated-mailbox.ts';
import { type SimulatedProvider, simulatedProvider } from './simulated-provider.ts';

const services = [
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
const TOGETHER = { shop: services };
const APART = Object.fromEntries(services.map((service) => [service.name, [service]]));

/** Every third seed has the monolith, the others the services apart: the same code. */
export function shopScenario(seed: bigint): Scenario {
  let provider: SimulatedProvider;
  let mailbox: SimulatedMailbox;
  return {
    hosts: seed % 3n === 0n ? TOGETHER : APART,
    outside(world) {
      provider = simulatedProvider(world);
      mailbox = simulatedMailbox(world);
      return { provider: provider.adapter, mail: mailbox.adapter };
    },
    workload: shop,
    invariants: (final) => [
      ...violations(final, provider.ledger()),
      ...mailViolations(final, mailbox.arrivals()),
      ...recommendationViolations(final),
    ],
  };
}
