// How does a host of services live, crash and come back inside a world?
import type { OutsideAdapter } from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Broker, Feed, FeedPage } from '../messaging/index.ts';
import { storeFeed } from '../messaging/index.ts';
import { type Call, inProcess, outsideWorld, type Reply, type Transport } from '../rpc/index.ts';
import { embeddedKeyring, type Keyring, sealer } from '../security/index.ts';
import {
  OWN_COLLECTIONS,
  type RunningService,
  runningService,
  type ServiceDefinition,
} from '../service/index.ts';
import { sqliteStore } from '../store/sqlite/index.ts';
import { SILENT, UNMEASURED } from '../telemetry/index.ts';
import type { Network, Station } from './network.ts';
import type { Disks } from './simulated-database.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import type { Life, World } from './world.ts';

export interface SimulatedHost extends Station {
  readonly name: string;
  readonly services: readonly ServiceDefinition[];
  /** The running services of the current life. */
  running(): ReadonlyMap<string, RunningService> | undefined;
  callee(call: Call): Promise<Reply>;
  feed(service: string): Feed;
  receive(page: FeedPage): void;
  start(): void;
  crash(): void;
}

/** The hosts of a world, which find each other by the services they run. */
export interface Fleet {
  readonly world: World;
  readonly network: Network;
  readonly disks: Disks;
  readonly outside: Readonly<Record<string, OutsideAdapter>>;
  readonly hosts: SimulatedHost[];
  of(service: string): SimulatedHost | undefined;
}

const FEED_TIMEOUT_MS = 2_000;
const MASTER = new Uint8Array(32).fill(7);
const OUTSIDE_LIFE: Life = { host: 'outside', alive: true };
const NOT_HERE: Reply = {
  kind: 'error',
  error: new OffshootError('UNAVAILABLE', 'the service is not up').toJSON(),
};

/** One keyring for the installation, which hosts share and crashes leave alone. */
export function fleetKeyring(world: World, disks: Disks): Keyring {
  const life: Life = { host: 'installation', alive: true };
  const runtime = simulatedRuntime(world, disks, life, () => {});
  return embeddedKeyring(runtime, steady(runtime.openDatabase('keyring')), MASTER);
}

/** The keyring's own disk has no faults: its commits are not what this world is about. */
function steady(database: ReturnType<Disks['open']>): ReturnType<Disks['open']> {
  return {
    ...database,
    exec: (sql) => database.exec(sql === 'COMMIT' ? 'END' : sql),
    inTransaction: false,
  };
}

function adapterOver(fleet: Fleet, life: Life, name: string, real: OutsideAdapter): OutsideAdapter {
  const station: Station = { life: () => OUTSIDE_LIFE };
  const over = <T>(what: string, ms: number, run: () => Promise<T>) =>
    fleet.network.ask(`${name}.${what}`, life, station, ms, run);
  const ask = real.ask?.bind(real);
  return {
    call: (what, input, context) =>
      over(what, context.deadlineMs, () => real.call(what, input, context)),
    ...(ask && {
      ask: (what, context) => over(`ask ${what}`, context.deadlineMs, () => ask(what, context)),
    }),
  };
}

/** Runs `services` on one host: its own memory, databases that outlive it. */
export function simulatedHost(
  fleet: Fleet,
  name: string,
  services: readonly ServiceDefinition[],
  keyring: Keyring,
): SimulatedHost {
  const { world, network, disks } = fleet;
  let life: Life | undefined;
  let running: Map<string, RunningService> | undefined;
  let receivers = new Map<string, Set<(page: FeedPage) => void>>();
  let local: Transport = async () => NOT_HERE;

  const remote =
    (mine: Life): Transport =>
    async (call) => {
      const to = fleet.of(call.service);
      if (!to) return NOT_HERE;
      if (to === host) return local(call);
      const copied = { ...call, input: JSON.parse(JSON.stringify(call.input)) };
      const what = `${call.service}.${call.operation} ${call.headers.idempotencyKey ?? ''}`;
      try {
        return await network.ask(what, mine, to, call.headers.deadlineMs, () => to.callee(copied));
      } catch (error) {
        return { kind: 'error', error: asOffshootError(error).toJSON() };
      }
    };

  const brokerOf = (): Broker => ({
    publish(page) {
      trace(page);
      for (const other of fleet.hosts) {
        if (other === host) other.receive(page);
        else
          network.send(`push ${page.service} ${page.upto.seq} to ${other.name}`, other, () =>
            other.receive(page),
          );
      }
    },
    subscribe(service, receive) {
      const all = receivers.get(service) ?? new Set();
      receivers.set(service, all.add(receive));
      return () => all.delete(receive);
    },
  });
  const trace = (page: FeedPage) => world.trace.note('publish', JSON.stringify(page));

  const feedOf =
    (mine: Life) =>
    (service: string): Feed => {
      const to = fleet.of(service);
      if (!to || to === host) {
        // Looked up when it is read: services of one host may listen to each other in a circle.
        return {
          page: async (after, limit) => host.feed(service).page(after, limit),
          at: async (position) => host.feed(service).at(position),
          head: async () => host.feed(service).head(),
        };
      }
      const ask = <T>(what: string, run: (feed: Feed) => Promise<T>) =>
        network.ask(`feed ${service} ${what}`, mine, to, FEED_TIMEOUT_MS, () =>
          run(to.feed(service)),
        );
      return {
        page: (after, limit) => ask(`after ${after.seq}`, (feed) => feed.page(after, limit)),
        at: (position) => ask(`at ${position.seq}`, (feed) => feed.at(position)),
        head: () => ask('head', (feed) => feed.head()),
      };
    };

  const boot = (mine: Life): void => {
    const runtime = simulatedRuntime(world, disks, mine, () => host.crash());
    const { transport, register } = inProcess(runtime);
    local = transport;
    receivers = new Map();
    const adapters = Object.entries(fleet.outside).map(([port, real]) => [
      port,
      adapterOver(fleet, mine, port, real),
    ]);
    const seals = sealer(keyring, runtime.cryptography);
    const shared = {
      runtime,
      keyring,
      sealer: seals,
      logger: SILENT,
      metrics: UNMEASURED,
      transport: remote(mine),
      broker: brokerOf(),
      outside: outsideWorld(runtime, Object.fromEntries(adapters)),
      feed: feedOf(mine),
    };
    const made = new Map<string, RunningService>();
    running = made;
    for (const definition of services) {
      const database = runtime.openDatabase(`${definition.name}.db`);
      const collections = [...OWN_COLLECTIONS, ...definition.collections];
      const store = sqliteStore({
        runtime,
        database,
        service: definition.name,
        sealer: seals,
        collections,
      });
      const service = runningService(definition, { ...shared, store });
      made.set(definition.name, service);
      register(definition.name, service.callee);
    }
    // A start that a crash interrupts is simply over; the next life starts again.
    for (const service of made.values()) service.start().catch(() => {});
  };

  const planCrash = (mine: Life): void => {
    const { crashEveryMs } = world.faults;
    if (crashEveryMs === 0) return;
    const inMs = -Math.log(1 - world.random.next()) * crashEveryMs;
    const crash = () => {
      if (world.faults.crashEveryMs === 0) return;
      world.fault('crash');
      host.crash();
    };
    world.plan(inMs, crash, mine);
  };

  const host: SimulatedHost = {
    name,
    services,
    life: () => life,
    running: () => running,
    callee: (call) => local(call),
    feed(service) {
      const store = running?.get(service)?.store;
      if (!store) throw new OffshootError('UNAVAILABLE', `${service} is not up`);
      return storeFeed(service, store);
    },
    receive(page) {
      for (const receive of receivers.get(page.service) ?? []) receive(page);
    },
    start() {
      life = { host: name, alive: true };
      world.trace.note('start', name, world.now());
      planCrash(life);
      try {
        boot(life);
      } catch (error) {
        // A crash or a failed flush while booting is no defect: the next life is on its way.
        if (asOffshootError(error).code !== 'UNAVAILABLE') throw error;
        host.crash();
      }
    },
    crash() {
      if (!life) return;
      life.alive = false;
      life = undefined;
      running = undefined;
      disks.lose(name);
      world.trace.note('crash', name, world.now());
      world.plan(1 + world.random.next() * world.faults.downMsMax, () => host.start());
    },
  };
  return host;
}
