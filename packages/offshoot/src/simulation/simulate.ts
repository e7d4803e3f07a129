// How is a whole system run through one seed, with faults, and judged?
import type {
  InputFor,
  Operation,
  OutsideAdapter,
  RefusalFor,
  ResultFor,
} from '../contract/index.ts';
import { badDefinition, OffshootError } from '../error/index.ts';
import { invoke } from '../rpc/index.ts';
import type { Principal } from '../security/index.ts';
import type { RunningService, ServiceDefinition } from '../service/index.ts';
import { isAfter } from '../store/index.ts';
import { newTraceparent } from '../telemetry/index.ts';
import type { FaultCounts } from './faults.ts';
import { guardGlobals } from './globals.ts';
import { network } from './network.ts';
import { disks } from './simulated-database.ts';
import { type Fleet, fleetKeyring, type SimulatedHost, simulatedHost } from './simulated-host.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import { type Life, type World, world } from './world.ts';

/** What a workload does with: it lives outside all hosts, and its calls cross the network. */
export interface Client {
  readonly world: World;
  /**
   * Calls until there is an answer, always with the same key: what a careful caller does.
   * Availability errors are tried again; a refusal is returned; another error is thrown.
   */
  call<Op extends Operation<any, any, any, any>>(
    principal: Principal,
    operation: Op,
    input: InputFor<Op>,
    key: string,
  ): Promise<ResultFor<Op> | RefusalFor<Op>>;
  sleep(ms: number): Promise<void>;
  id(): string;
}

export interface Scenario {
  /** Host name → its services. */
  readonly hosts: Readonly<Record<string, readonly ServiceDefinition[]>>;
  /** Adapters of outside ports; made anew for each seed and never crashing. */
  readonly outside?: (world: World) => Readonly<Record<string, OutsideAdapter>>;
  /** What people do. Resolves when every call is answered. */
  readonly workload: (client: Client) => Promise<void>;
  /** Violations of what must hold when everything has come to rest; empty = none. */
  readonly invariants: (final: Final) => readonly string[];
}

/** The system at rest, for the invariants. */
export interface Final {
  service(name: string): RunningService;
}

export interface Verdict {
  readonly seed: bigint;
  readonly hash: string;
  readonly violations: readonly string[];
  readonly faults: FaultCounts;
  readonly simulatedMs: number;
}

const SAFETY_MS_MAX = 30 * 60_000;
const LIVENESS_MS_MAX = 60 * 60_000;
const CALL_MS = 5_000;
const REST_CHECK_MS = 500;

function client(fleet: Fleet): Client {
  const { world: w, network: net, disks: files } = fleet;
  const life: Life = { host: 'client', alive: true };
  const runtime = simulatedRuntime(w, files, life, () => {});
  return {
    world: w,
    sleep: (ms) => runtime.sleep(ms),
    id: () => runtime.id(),
    async call(principal, operation, input, key) {
      const correlationId = runtime.id();
      const headers = {
        deadlineMs: CALL_MS,
        correlationId,
        causationId: correlationId,
        traceparent: newTraceparent(runtime),
        idempotencyKey: key,
      };
      for (let wait = 50; ; wait = Math.min(wait * 2, 2_000)) {
        const to = fleet.of(operation.service);
        if (!to) return badDefinition(`no host runs ${operation.service}`);
        const what = `client ${operation.service}.${operation.name} ${key}`;
        const transport = (call: Parameters<SimulatedHost['callee']>[0]) =>
          net.ask(what, life, to, CALL_MS, () =>
            to.callee({ ...call, input: JSON.parse(JSON.stringify(call.input)) }),
          );
        try {
          return await invoke({ transport, principal }, operation, input, headers);
        } catch (error) {
          if (!(error instanceof OffshootError) || !error.retryable) throw error;
        }
        await runtime.sleep(wait * (1 + w.random.next()));
      }
    },
  };
}

/** Everything that was accepted has come to its end: no open saga, no event on its way. */
function atRest(fleet: Fleet): boolean {
  return fleet.hosts.every((host) => {
    const running = host.running();
    if (!running) return false;
    return [...running.values()].every((service) => {
      if (service.sagas.driving > 0) return false;
      return service.consumers.every((one) => {
        const source = fleet.of(one.source)?.running()?.get(one.source)?.store;
        return source !== undefined && !isAfter(source.head(), one.floor);
      });
    });
  });
}

async function live(scenario: Scenario, w: World): Promise<readonly string[]> {
  const files = disks(w);
  const hosts: SimulatedHost[] = [];
  const fleet: Fleet = {
    world: w,
    network: network(w),
    disks: files,
    outside: scenario.outside?.(w) ?? {},
    hosts,
    of: (service) => hosts.find((host) => host.services.some((one) => one.name === service)),
  };
  const keyring = fleetKeyring(w, files);
  for (const [name, services] of Object.entries(scenario.hosts))
    hosts.push(simulatedHost(fleet, name, services, keyring));
  for (const host of hosts) host.start();

  let failure: unknown;
  let answered = false;
  scenario.workload(client(fleet)).then(
    () => {
      answered = true;
    },
    (error: unknown) => {
      failure = error;
      answered = true;
    },
  );
  // Safety: everything may fail. Liveness: nothing new fails, and all must come to an end.
  await w.run(() => answered, SAFETY_MS_MAX);
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
  const service = (name: string): RunningService =>
    fleet.of(name)?.running()?.get(name) ?? badDefinition(`no service ${name}`);
  const violations = scenario.invariants({ service });
  files.seal();
  files.close();
  return violations;
}

/**
 * Runs one seed: the same seed gives the same hash in every process. The globals of time and
 * chance throw while it runs, so that a leak fails the seed instead of making it flaky.
 */
export async function simulate(scenario: Scenario, seed: bigint): Promise<Verdict> {
  const w = world(seed);
  const begin = w.now();
  const restore = guardGlobals();
  try {
    const violations = await live(scenario, w);
    return {
      seed,
      hash: w.trace.digest(),
      violations,
      faults: w.counts,
      simulatedMs: w.now() - begin,
    };
  } finally {
    restore();
  }
}
