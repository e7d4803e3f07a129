// Does a replica that slept past its lease ever write over what is another's by now?
import { asOffshootError, OffshootError } from '../../error/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { type LeasedOwnership, leasedOwnership } from '../../saga/index.ts';
import { type Sealer, sealer } from '../../security/index.ts';
import {
  append,
  type Fence,
  type LogPage,
  leases,
  privateEvent,
  START,
  type Stamp,
  type Store,
  streamOf,
  type UnitContext,
} from '../../store/index.ts';
import { sqliteStore } from '../../store/sqlite/index.ts';
import { SILENT, UNMEASURED } from '../../telemetry/index.ts';
import type { Client } from '../client.ts';
import { type Fleet, fleetKeyring } from '../fleet.ts';
import { type Life, life as newLife } from '../life.ts';
import type { Drill } from '../simulate.ts';
import { simulatedRuntime } from '../simulated-runtime.ts';

const REPLICAS = ['left', 'right'] as const;
const JOBS = ['a', 'b', 'c', 'd'] as const;
/** Moves of each job, one after the other. */
const MOVES = 6;
const SHARDS = 4;
/** All jobs are of one kind. */
const WORK = { saga: 'drill', version: 1 };
const TERM_MS = 1_500;
const REST_MS = 100;
const WORK_MS_MAX = 800;
const LOOK_MS = 400;
const LOG_MAX = 10_000;
const LEASES = 'drill-leases';

interface Moved {
  readonly number: number;
}

/** Its disk may fail while it opens. */
async function openedStore(client: Client, fleet: Fleet): Promise<Store> {
  for (;;) {
    try {
      return sharedStore(fleet);
    } catch {
      fleet.disks.lose(LEASES);
      await client.sleep(LOOK_MS);
    }
  }
}

/** The store of all replicas, on a host that does not crash. */
function sharedStore(fleet: Fleet): Store {
  const runtime = simulatedRuntime(fleet.world, fleet.disks, newLife(LEASES));
  const seals: Sealer = sealer(fleetKeyring(fleet.world, fleet.disks), runtime.cryptography);
  const database = runtime.openDatabase('jobs.db');
  return sqliteStore({
    ...{ runtime, database, sealer: seals },
    service: 'jobs',
    collections: [leases],
  });
}

/** The store as one replica has it: what it waits for reaches it when it is awake, if it lives. */
function storeFor(shared: Store, { world }: Fleet, mine: Life): Store {
  const heard = <T>(what: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      what.then(
        (value) => world.plan(0, () => resolve(value), mine),
        (error: unknown) => world.plan(0, () => reject(error), mine),
      );
    });
  const alive = (): void => {
    if (!mine.alive) throw new OffshootError('UNAVAILABLE', 'this replica crashed');
  };
  const own: Pick<Store, 'load' | 'stage' | 'settled'> = {
    load(need) {
      alive();
      return shared.load(need);
    },
    stage(change, basis) {
      alive();
      return heard(shared.stage(change, basis));
    },
    settled: () => heard(shared.settled()),
  };
  return Object.assign(Object.create(shared), own) as Store;
}

/** What a replica thinks to know of a job, for as long as nobody else may have moved it. */
interface Known {
  readonly fence: number;
  readonly last: number;
  /** Flushes that had failed when it was read: one more may have taken it back. */
  readonly basis: number;
}

interface Replica {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly ownership: LeasedOwnership;
  readonly life: Life;
}

const stampAt = (at: number): Stamp => ({
  ...{ at, actor: 'drill', tenant: '', correlation: 'drill', causation: 'drill' },
  traceparent: '',
});

function readBy(store: Store, { fence }: Fence, job: string): Known {
  const { version } = store.load(streamOf(`job/${job}`)) as { readonly version: number };
  return { fence, last: version, basis: store.failures };
}

/** Numbers of the moves of a job, as far as they are durable. */
function movesOf(store: Store, job: string): number[] {
  const { entries } = store.readLog(START, LOG_MAX) as LogPage; // embedded stores answer at once
  const moves = entries.filter((entry) => entry.stream === `job/${job}`);
  return moves.map(({ data }) => (data as Moved).number);
}

/** Moves a job on, again and again: from memory, under the lease, with nothing else to stop it. */
async function move(fleet: Fleet, replica: Replica, job: string): Promise<void> {
  const { world } = fleet;
  const { runtime, store, ownership, life } = replica;
  let known: Known | undefined;
  for (;;) {
    const [fence] = ownership.fencesOf(job, WORK);
    if (!fence || !ownership.owns(job, WORK)) {
      await runtime.sleep(REST_MS * (1 + world.random.next()));
      continue;
    }
    if (known?.fence !== fence.fence) known = readBy(store, fence, job);
    if (known.last >= MOVES) return;
    const { last, basis } = known;
    const checked = world.now();
    await runtime.sleep(world.random.next() * WORK_MS_MAX);
    const event = privateEvent('job.moved', { number: last + 1 } satisfies Moved);
    const appends = [append(`job/${job}`, [event])];
    const change = { appends, documents: [], fences: [fence], stamp: stampAt(runtime.now()) };
    try {
      await store.stage(change, basis);
      known = { ...known, last: last + 1 };
    } catch (error) {
      known = undefined;
      const isFenced = asOffshootError(error).code === 'FENCED';
      if (isFenced && life.pausedUntil > checked && !life.pauseCost) {
        life.pauseCost = true;
        world.fault('leaseLost');
        world.met('pause-longer-than-a-lease');
      }
    }
  }
}

async function replica(fleet: Fleet, shared: Store, name: string, mine: Life): Promise<void> {
  const runtime = simulatedRuntime(fleet.world, fleet.disks, mine);
  const store = storeFor(shared, fleet, mine);
  const keyring = fleetKeyring(fleet.world, fleet.disks);
  const context: UnitContext = { store, keyring, runtime, metrics: UNMEASURED };
  const definitions = [{ name: WORK.saga, version: WORK.version }];
  const options = { holder: name, definitions, shards: SHARDS, termMs: TERM_MS };
  const ownership = leasedOwnership({ ...context, logger: SILENT }, options);
  await ownership.start(() => {});
  await Promise.all(JOBS.map((job) => move(fleet, { runtime, store, ownership, life: mine }, job)));
}

/** Lives of one replica, one after the other, with naps that are longer than its leases last. */
function keepAlive(fleet: Fleet, shared: Store, name: string): void {
  const { world } = fleet;
  let lives = 0;
  let mine: Life;
  const begin = (): void => {
    lives += 1;
    mine = newLife(`${LEASES}-${name}`);
    const holder = `${name}-${lives}`;
    replica(fleet, shared, holder, mine).catch(
      () => mine.alive && world.plan(LOOK_MS, begin, mine),
    );
  };
  const again = (meanMs: number, task: () => void): void => {
    if (meanMs === 0) return;
    world.plan(-Math.log(1 - world.chaos.next()) * meanMs, () => {
      if (world.isCalm) return;
      task();
      again(meanMs, task);
    });
  };
  begin();
  again(world.faults.leaseLossEveryMs, () => {
    mine.pausedUntil = world.now() + world.chaos.between(1.2, 3) * TERM_MS;
    mine.pauseSeen = false;
    mine.pauseCost = false;
  });
  again(world.faults.crashEveryMs, () => {
    if (!mine.alive) return;
    world.fault('crash');
    mine.alive = false;
    world.plan(1 + world.random.next() * world.faults.downMsMax, begin);
  });
}

/**
 * Two replicas share a store, and jobs by lease, as sagas are shared. Each moves its jobs on from
 * what it remembers: only the fence keeps one that overslept from doing again what was done.
 */
export function leaseDrill(): Drill {
  let shared: Store;
  return {
    hosts: {},
    async workload(client, fleet) {
      shared = await openedStore(client, fleet);
      for (const name of REPLICAS) keepAlive(fleet, shared, name);
      while (shared.head().seq < JOBS.length * MOVES) await client.sleep(LOOK_MS);
    },
    invariants() {
      return JOBS.flatMap((job) => {
        const numbers = movesOf(shared, job);
        const isRight = numbers.length === MOVES && numbers.every((one, at) => one === at + 1);
        return isRight ? [] : [`job ${job} was moved ${numbers.join(', ')}`];
      });
    },
  };
}
