// Which hosts does a world have, and what do they share?
import type { OutsideAdapter } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Feed, FeedPage } from '../messaging/index.ts';
import type { Call, CallDoor, Reply, Transport } from '../rpc/index.ts';
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
  /** Whose wall clock it reads. */
  readonly clock: string;
  /** The running services of the current life. */
  running(): ReadonlyMap<string, RunningService> | undefined;
  /** Whether a service of this host subscribes to that one. */
  listensTo(service: string): boolean;
  callee(call: Call): Promise<Reply>;
  /** What people's calls go through at a host that is the edge: to wherever the service runs. */
  readonly transport: Transport;
  /** Answers the other processes of a topology. */
  readonly door: CallDoor;
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
  /** The host that people call, where hosts are the processes of one topology. */
  readonly edge: string | undefined;
  of(service: string): SimulatedHost | undefined;
}

/** What is answered where nobody is. */
export const NOT_HERE: Reply = {
  kind: 'error',
  error: new OffshootError('UNAVAILABLE', 'the service is not up').toJSON(),
};

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
