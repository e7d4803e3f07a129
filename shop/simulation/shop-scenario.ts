// Which shop is simulated: all in one process, every service on a host of its own, or a topology?
import type { Topology } from 'offshoot/host';
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

/** The processes of a topology: people call the one with the edge. */
function hostsOf({ hosts }: Topology): Pick<Scenario, 'hosts' | 'edge'> {
  const edge = hosts.length > 1 ? hosts.find((one) => one.edge)?.name : undefined;
  const services = Object.fromEntries(hosts.map((one) => [one.name, one.services]));
  return { hosts: services, ...(edge !== undefined && { edge }) };
}

/**
 * The hosts of a topology; by default every third seed has the monolith, the others the services
 * apart: the same code.
 */
export function shopScenario(seed: bigint, topology?: Topology): Scenario {
  let provider: SimulatedProvider;
  let mailbox: SimulatedMailbox;
  return {
    ...(topology ? hostsOf(topology) : { hosts: seed % 3n === 0n ? TOGETHER : APART }),
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
