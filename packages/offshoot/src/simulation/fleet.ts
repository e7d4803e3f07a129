// Which hosts does a world have, and what do they share?
import type { OutsideAdapter } from '../contract/index.ts';
import type { Feed, FeedPage } from '../messaging/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import { embeddedKeyring, type Keyring } from '../security/index.ts';
import type { RunningService, ServiceDefinition } from '../service/index.ts';
import type { HandledOnce } from './handled-once.ts';
import { life } from './life.ts';
import type { Network, Station } from './network.ts';
import type { Disks } from './simulated-database.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import type { World } from './world.ts';

export interface SimulatedHost extends Station {
  readonly services: readonly ServiceDefinition[];
  /** The running services of the current life. */
  running(): ReadonlyMap<string, RunningService> | undefined;
  /** Whether a service of this host subscribes to that one. */
  listensTo(service: string): boolean;
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
  readonly once: HandledOnce;
  readonly outside: Readonly<Record<string, OutsideAdapter>>;
  readonly hosts: SimulatedHost[];
  of(service: string): SimulatedHost | undefined;
}

const MASTER = new Uint8Array(32).fill(7);

/** One keyring for the installation, which hosts share and crashes leave alone. */
export function fleetKeyring(world: World, disks: Disks): Keyring {
  const runtime = simulatedRuntime(world, disks, life('installation'));
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
