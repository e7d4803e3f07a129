// Which shop is simulated: all in one process, or every service on a host of its own?
import type { Scenario } from 'offshoot/simulation';
import { catalog } from '../services/catalog/service.ts';
import { identity } from '../services/identity/service.ts';
import { inventory } from '../services/inventory/service.ts';
import { orders } from '../services/orders/service.ts';
import { payments } from '../services/payments/service.ts';
import { shipping } from '../services/shipping/service.ts';
import { users } from '../services/users/service.ts';
import { violations } from './invariants.ts';
import { shop } from './shoppers.ts';
import { type SimulatedProvider, simulatedProvider } from './simulated-provider.ts';

const services = [identity, users, catalog, orders, inventory, payments, shipping];
const TOGETHER = { shop: services };
const APART = Object.fromEntries(services.map((service) => [service.name, [service]]));

/** Every third seed has the monolith, the others the services apart: the same code. */
export function shopScenario(seed: bigint): Scenario {
  let provider: SimulatedProvider;
  return {
    hosts: seed % 3n === 0n ? TOGETHER : APART,
    outside(world) {
      provider = simulatedProvider(world);
      return { provider: provider.adapter };
    },
    workload: shop,
    invariants: (final) => violations(final, provider.ledger()),
  };
}
