// How is a whole system run through one seed, with faults, and judged?
import type { OutsideAdapter } from '../contract/index.ts';
import type { ServiceDefinition } from '../service/index.ts';
import { isAfter } from '../store/index.ts';
import { CLIENT, type Client, client } from './client.ts';
import { episodes } from './episodes.ts';
import type { FaultKind } from './faults.ts';
import { type Final, final } from './final.ts';
import { type Fleet, fleetKeyring, type SimulatedHost } from './fleet.ts';
import { guardGlobals } from './globals.ts';
import { handledOnce } from './handled-once.ts';
import { network } from './network.ts';
import { unreliable } from './outside-faults.ts';
import { type Disks, disks } from './simulated-database.ts';
import { simulatedHost } from './simulated-host.ts';
import { joined, type Verdict } from './verdict.ts';
import { type World, world } from './world.ts';

export interface Scenario {
  /** Host name → its services. */
  readonly hosts: Readonly<Record<string, readonly ServiceDefinition[]>>;
  /**
   * The host that people call. With it the hosts are processes of one machine, as a topology has
   * them: calls between them go through pipelines and show passports, events come by followed feeds.
   * @default people call every host, and what is published is pushed to whoever listens
   */
  readonly edge?: string;
  /** Adapters of outside ports; made anew for each seed and never crashing. */
  readonly outside?: (world: World) => Readonly<Record<string, OutsideAdapter>>;
  /** What people do. Resolves when every call is answered. */
  readonly workload: (client: Client) => Promise<void>;
  /** Violations of what must hold when everything has come to rest; empty = none. */
  readonly invariants: (final: Final) => readonly string[];
  /** Small systems that run after it in the same seed, each in a world of its own. @default none */
  readonly beside?: readonly Drill[];
}

/** A scenario of the toolkit's own, which does with hosts and disks what no client could. */
export interface Drill extends Omit<Scenario, 'workload' | 'beside'> {
  readonly workload: (client: Client, fleet: Fleet) => Promise<void>;
}

/** How a run differs from the usual one of its seed: what a failure is shrunk with. */
export interface Cut {
  /** Kinds of faults that do not happen. @default none */
  readonly without?: readonly FaultKind[];
  /** The share of the workload, above 0. @default 1 */
  readonly share?: number;
}

const LIVENESS_MS_MAX = 90 * 60_000;
const REST_CHECK_MS = 500;
const OUTSIDE = 'outside';

/** Everything that was accepted has come to its end: no open saga, no event on its way. */
function atRest(fleet: Fleet): boolean {
  if (fleet.network.holding > 0) return false;
  return fleet.hosts.every((host) => {
    const running = host.running();
    if (!running) return false;
    return [...running.values()].every(({ sagas, consumers, queues }) => {
      if (sagas.driving > 0 || queues.some(({ size }) => size > 0)) return false;
      return consumers.every(({ source, floor, pausedBy }) => {
        const head = fleet.of(source)?.running()?.get(source)?.store.head();
        return pausedBy === '' && head !== undefined && !isAfter(head, floor);
      });
    });
  });
}

function fleetOf(scenario: Drill, w: World, files: Disks): Fleet {
  const hosts: SimulatedHost[] = [];
  const ports = Object.entries(scenario.outside?.(w) ?? {});
  const fleet: Fleet = {
    world: w,
    network: network(w),
    disks: files,
    once: handledOnce(),
    outside: Object.fromEntries(ports.map(([name, real]) => [name, unreliable(w, name, real)])),
    hosts,
    edge: scenario.edge,
    of: (service) => hosts.find((host) => host.services.some((one) => one.name === service)),
  };
  const keyring = fleetKeyring(w, files);
  const published = new Map<string, readonly number[]>();
  for (const [name, services] of Object.entries(scenario.hosts))
    hosts.push(simulatedHost(fleet, name, services, keyring, published));
  return fleet;
}

async function live(scenario: Drill, w: World, fleet: Fleet, share: number) {
  for (const host of fleet.hosts) host.start();
  episodes(w, fleet.network, fleet.hosts, [CLIENT, OUTSIDE]);
  let failure: unknown;
  let answered = false;
  scenario.workload(client(fleet, share), fleet).then(
    () => {
      answered = true;
    },
    (error: unknown) => {
      failure = error;
      answered = true;
    },
  );
  // Safety: everything may fail. Liveness: nothing new fails, and all must come to an end.
  await w.run(() => answered, w.faults.safetyMs);
  w.calm();
  await w.run(() => answered, LIVENESS_MS_MAX);
  if (failure !== undefined) return [`the workload failed: ${String(failure)}`];
  if (!answered) return ['not live: calls stay without an answer'];
  let resting = false;
  const check = () => {
    resting = atRest(fleet);
    if (!resting) w.plan(REST_CHECK_MS, check);
  };
  w.plan(REST_CHECK_MS, check);
  if (!(await w.run(() => resting, LIVENESS_MS_MAX)))
    return ['not live: sagas or events never came to rest'];
  return [...fleet.once.violations, ...scenario.invariants(final(fleet, share))];
}

/**
 * Runs one seed: the same seed gives the same hash in every process. The globals of time and
 * chance throw while it runs, so that a leak fails the seed instead of making it flaky.
 */
export async function simulate(scenario: Scenario, seed: bigint, cut: Cut = {}): Promise<Verdict> {
  let verdict = await simulateOne(scenario, seed, cut);
  for (const drill of scenario.beside ?? [])
    verdict = joined(verdict, await simulateOne(drill, seed, cut));
  return verdict;
}

async function simulateOne(scenario: Drill, seed: bigint, cut: Cut): Promise<Verdict> {
  const w = world(seed, cut.without);
  const begin = w.now();
  const restore = guardGlobals();
  const files = disks(w);
  try {
    const fleet = fleetOf(scenario, w, files);
    const violations = await live(scenario, w, fleet, cut.share ?? 1);
    files.seal();
    return {
      seed,
      hash: w.trace.digest(),
      violations,
      faults: w.counts,
      crashes: w.points.counts,
      situations: w.situations,
      commits: files.commits,
      simulatedMs: w.now() - begin,
    };
  } finally {
    files.close();
    restore();
  }
}
