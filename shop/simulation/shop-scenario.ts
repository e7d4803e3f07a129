// Which shop is simulated: all in one process, or every service on a host of its own?
import { drills, type Scenario } from 'offshoot/simulation';
import { SERVICES } from '../topologies/services.ts';
import { checkoutViolations } from './checkout-invariants.ts';
import { violations } from './invariants.ts';
import { mailViolations } from './mail-invariants.ts';
import { recommendationViolations } from './recommendation-invariants.ts';
import { shop } from './shoppers.ts';
import { type SimulatedMailbox, simulatedMailbox } from './simulated-mailbox.ts';
import { type SimulatedProvider, simulatedProvider } from './simulated-provider.ts';

/** One world in ten has no faults at all: there, nothing may happen twice. */
const isHealthy = (seed: bigint) => seed % 10n === 7n;

const TOGETHER = { shop: SERVICES };
const APART = Object.fromEntries(SERVICES.map((service) => [service.name, [service]]));

/** Every third seed has the monolith, the others the services apart: the same code. */
export function shopScenario(seed: bigint): Scenario {
  let provider: SimulatedProvider;
  let mailbox: SimulatedMailbox;
  return {
    hosts: seed % 3n === 0n ? TOGETHER : APART,
    outside(world) {
      if (isHealthy(seed)) world.calm();
      provider = simulatedProvider(world);
      mailbox = simulatedMailbox(world);
      return { provider: provider.adapter, mail: mailbox.adapter };
    },
    workload: shop,
    beside: drills(seed),
    invariants: (final) => [
      ...violations(final, provider.ledger()),
      ...mailViolations(final, mailbox.arrivals(), isHealthy(seed)),
      ...recommendationViolations(final),
      ...checkoutViolations(
        final,
        provider.ledger(),
        SERVICES.map(({ name }) => name),
        isHealthy(seed),
      ),
    ],
  };
}
