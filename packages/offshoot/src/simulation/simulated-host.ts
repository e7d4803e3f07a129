// How does a host of services live, crash and come back inside a world?
import type { OutsideAdapter } from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import { type Feed, storeFeed } from '../messaging/index.ts';
import {
  type CallDoor,
  type Callee,
  inProcess,
  outsideWorld,
  type Transport,
  withFeed,
} from '../rpc/index.ts';
import { type Keyring, sealer } from '../security/index.ts';
import {
  OWN_COLLECTIONS,
  type RunningService,
  runningService,
  type ServiceDefinition,
} from '../service/index.ts';
import type { Store } from '../store/index.ts';
import { sqliteStore } from '../store/sqlite/index.ts';
import { SILENT, UNMEASURED } from '../telemetry/index.ts';
import { bus, type Wire } from './bus.ts';
import { type Fleet, NOT_HERE, type SimulatedHost } from './fleet.ts';
import { type Life, life as newLife } from './life.ts';
import type { Passings, Station } from './network.ts';
import { wayIn, wayOut } from './processes.ts';
import { type Published, type Receivers, receivers, simulatedBroker } from './simulated-broker.ts';
import { simulatedRuntime } from './simulated-runtime.ts';

const OUTSIDE: Station = { name: 'outside', life: () => OUTSIDE_LIFE };
const OUTSIDE_LIFE = newLife('outside');
/** Processes of one machine read one clock. */
const MACHINE = 'machine';

const fileOf = ({ name }: ServiceDefinition) => `${name}.db`;

const OUT: Passings = {
  beforeAsking: 'before-outside',
  onAnswer: 'on-outside',
};

/** Reaches an outside port over the network, on which calls and answers get lost. */
function adapterOver(fleet: Fleet, life: Life, name: string, real: OutsideAdapter): OutsideAdapter {
  const { network, world } = fleet;
  const over = <T>(what: string, timeoutMs: number, run: () => Promise<T>) =>
    network.ask({
      what: `${name}.${what}`,
      from: life,
      to: OUTSIDE,
      timeoutMs,
      passing: OUT,
      answer: async () => {
        const answer = await run();
        world.dies('outside-acted', life);
        return answer;
      },
    });
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
  published: Published,
): SimulatedHost {
  const { world, disks } = fleet;
  const sources = new Set(
    services.flatMap((one) => one.subscriptions.map(({ service }) => service)),
  );
  const clock = fleet.edge === undefined ? name : MACHINE;
  let life: Life | undefined;
  let running: Map<string, RunningService> | undefined;
  let own: Receivers = receivers();
  let local: Transport = async () => NOT_HERE;
  let door: CallDoor = async () => NOT_HERE;
  let reach: Transport = async () => NOT_HERE;

  /** Looked up when it is read: services of one host may listen to each other in a circle. */
  const ownFeed = (service: string): Feed => ({
    page: async (after, limit) => host.feed(service).page(after, limit),
    at: async (position) => host.feed(service).at(position),
    head: async () => host.feed(service).head(),
  });

  /** A store whose staged units the disk hears of. */
  const storeOf = (
    definition: ServiceDefinition,
    around: Pick<Parameters<typeof sqliteStore>[0], 'runtime' | 'sealer'>,
  ): Store => {
    const file = fileOf(definition);
    const store = sqliteStore({
      ...around,
      database: around.runtime.openDatabase(file),
      service: definition.name,
      collections: [...OWN_COLLECTIONS, ...definition.collections],
    });
    const staged = disks.staging(name, file);
    const stage: Store['stage'] = (change, basis) => {
      const receipt = store.stage(change, basis);
      staged(change);
      fleet.once.staged(definition.name, change, receipt);
      return receipt;
    };
    return Object.assign(Object.create(store), { stage }) as Store;
  };

  const boot = (mine: Life): void => {
    if (world.dies('boot', mine)) return;
    const runtime = simulatedRuntime(world, disks, mine);
    const { transport, register } = inProcess(runtime);
    local = transport;
    own = receivers();
    const adapters = Object.entries(fleet.outside).map(([port, real]) => [
      port,
      adapterOver(fleet, mine, port, real),
    ]);
    const seals = sealer(keyring, runtime.cryptography);
    const wire: Wire =
      fleet.edge === undefined
        ? bus(fleet, mine, simulatedBroker(fleet, host, mine, own, published))
        : wayOut({ fleet, host, life: mine, runtime });
    reach = async (call) => {
      if (!mine.alive) return NOT_HERE;
      return fleet.of(call.service) === host ? local(call) : wire.transport(call);
    };
    const shared = {
      runtime,
      keyring,
      sealer: seals,
      logger: SILENT,
      metrics: UNMEASURED,
      transport: reach,
      broker: wire.broker,
      outside: outsideWorld(runtime, Object.fromEntries(adapters)),
    };
    const feedFor = (reader: string) => (service: string) =>
      fleet.of(service) === host ? ownFeed(service) : wire.feed(service, reader);
    const callees = new Map<string, Callee>();
    door = wayIn({ fleet, runtime }, (service) => callees.get(service));
    const made = new Map<string, RunningService>();
    running = made;
    for (const definition of services) {
      if (made.size > 0 && world.dies('between-stores', mine)) return;
      const store = storeOf(definition, { runtime, sealer: seals });
      const { name: called } = definition;
      const service = runningService(definition, { ...shared, feed: feedFor(called), store });
      made.set(called, service);
      register(called, service.callee);
      const feed = storeFeed(called, store);
      callees.set(called, withFeed(service.callee, { runtime, store, feed }));
    }
    start(mine, [...made.values()]);
  };

  /** A start that a crash interrupts is simply over; the next life starts again. */
  const start = (mine: Life, all: readonly RunningService[]): void => {
    mine.recalling = true;
    const begun = all.map((service) => service.start().catch(() => {}));
    void Promise.all(begun).then(() => {
      mine.recalling = false;
      world.dies('after-start', mine);
    });
  };

  /** One of its stores is put back; whoever reads its log sees another epoch from here on. */
  const restore = (): void => {
    const one = services[world.chaos.below(services.length)];
    if (!one || !disks.restore(name, fileOf(one))) return;
    world.fault('restore');
  };

  const host: SimulatedHost = {
    name,
    services,
    clock,
    life: () => life,
    running: () => running,
    listensTo: (service) => sources.has(service),
    callee: (call) => local(call),
    transport: (call) => reach(call),
    door: (call) => door(call),
    feed(service) {
      const store = running?.get(service)?.store;
      if (!store) throw new OffshootError('UNAVAILABLE', `${service} is not up`);
      return storeFeed(service, store);
    },
    receive: (page) => own.receive(page),
    start() {
      const die = () => {
        if (life === mine) host.crash();
      };
      const mine = newLife(name, die, clock);
      life = mine;
      world.trace.note('start', name, world.now());
      try {
        boot(mine);
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
      if (world.chaos.chance(world.faults.restore)) restore();
      world.trace.note('crash', name, world.now());
      world.plan(1 + world.random.next() * world.faults.downMsMax, () => host.start());
    },
  };
  return host;
}
