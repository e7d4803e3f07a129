// How does one process of a topology start, serve, and end without losing anything?
import { asOffshootError, badDefinition, isAvailability } from '../error/index.ts';
import {
  fixed,
  loopLag,
  type Protections,
  protections,
  type Shedder,
  shedder,
} from '../resilience/index.ts';
import { type OutsideWorld, outsideWorld } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type Folder, nodeRuntime, openFolder } from '../runtime/node/index.ts';
import { OWN_COLLECTIONS } from '../service/index.ts';
import { spanRecorder } from '../telemetry/index.ts';
import { hostTls } from './certificates.ts';
import { type Closer, closer } from './closer.ts';
import { KEYRING_FILE, type StoreSurroundings } from './embedded-stores.ts';
import { probeFlush } from './flush-probe.ts';
import { backupVerbs, noBackupVerbs } from './host-backup.ts';
import { type HostHealth, hostHealth } from './host-health.ts';
import type { HostParts } from './host-parts.ts';
import { hostRegistry } from './host-registry.ts';
import { type InFlight, inFlight } from './in-flight.ts';
import { type Listening, listen } from './listen.ts';
import { masterKey } from './master-key.ts';
import { type MoveVerbs, moveVerbs } from './move-verbs.ts';
import { isSplit, type Neighbours, neighbours, serveCalls } from './neighbours.ts';
import { operatorDoor, operatorFile, replicaFile } from './operator-door.ts';
import { operatorVerbs } from './operator-verbs.ts';
import { type FileLogger, LOG_LEVELS, type PinoLoggerOptions, pinoLogger } from './pino-logger.ts';
import { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts';
import { protectionVerbs } from './protection-verbs.ts';
import { type ServiceGroup, serviceGroup } from './service-group.ts';
import { type Environment, type Settings, settings } from './settings.ts';
import { openStoreDoor, openStores, sharingOf } from './shared-stores.ts';
import { type StoreHomes, storeHomes } from './store-homes.ts';
import { type StoreMoverOptions, storeMover } from './store-mover.ts';
import { subscriptionVerbs } from './subscription-verbs.ts';
import type { HostPlan, Inside, Topology } from './topology.ts';
import { inTurn, lockOf } from './turn-taking.ts';
import { VERSION } from './version.ts';

export interface HostOptions {
  readonly topology: Topology;
  /** Which host of the topology. @default the only one */
  readonly name?: string;
  /** PORT, OFFSHOOT_DATA, LOG_LEVEL, and what the topology itself names. */
  readonly environment: Environment;
  /** @default the real machine */
  readonly runtime?: Runtime;
}

/** What only tests reach into. */
export interface HostInside {
  /** Told of each point of a move, in the turn in which it is reached. */
  readonly onMove?: NonNullable<StoreMoverOptions['reached']>;
}

export interface RunningHost {
  readonly name: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Undefined when the host has no edge. */
  readonly url: string | undefined;
  readonly port: number | undefined;
  readonly services: readonly string[];
  /** Milliseconds each part of the start took. */
  readonly startMs: Readonly<Record<string, number>>;
  /**
   * Ends the host: not ready, no new requests (503 DRAINING), those in flight answered (10 s at
   * most), services stopped, stores flushed and closed, the log written. May be called again.
   */
  drain(): Promise<void>;
}

export const DATA_DEFAULT = '.offshoot';
const LOG_FILE = 'shop.log';
const OPENING_LOCK = 'opening.lock';
const OPENING_MS_MAX = 30_000;
const SEED_MS_MAX = 30_000;
const SEED_AGAIN_MS = 100;
const DRAIN_MS_MAX = 10_000;
const SETTLE_MS_MAX = 2_000;
/** Clients that keep a connection are told on it to go, before it is closed under their hands. */
const FAREWELL_MS = 200;
/** Requests and calls at work at once in one process. */
const OPEN_MAX = 10_000;
/** A chain of five calls that each wait so long at both ends is half of a usual deadline. */
const LAG_MS_MAX = 250;
/** One long turn, as at a start, is a pause. */
const LAG_RINGS = 3;
/** Whoever balances by the registry knows by then; a change is everywhere in a tenth of that. */
const NOTICE_MS = 500;

/**
 * Starts one host of a topology and resolves when it is ready. Rejects with BAD_SETTING,
 * DATA_FOLDER_UNWRITABLE, DATA_FOLDER_IN_USE, STORE_MISMATCH, STORE_TOO_NEW, STORE_CORRUPT or
 * PORT_IN_USE; then nothing stays open.
 *
 * @example
 * const shop = await host({ topology: monolith, environment: process.env });
 * await shop.drain();
 */
export async function host(options: HostOptions, inside: HostInside = {}): Promise<RunningHost> {
  const { topology, runtime = nodeRuntime() } = options;
  const plan = planOf(topology, options.name);
  const closing = closer();
  const clock = stopwatch(runtime);
  try {
    const config = settings(options.environment);
    const level = config.choice('LOG_LEVEL', LOG_LEVELS, 'info');
    const isOneOfMany = isSplit(topology);
    const folder = await lockedFolder(config, plan.name, { runtime, isOneOfMany }, closing);
    const sharing = sharingOf(topology, plan);
    const isReplica = sharing === 'replica';
    const hasFiles = !('open' in topology.store);
    const log = isReplica || isOneOfMany ? `${plan.name}.log` : LOG_FILE;
    const logger = await openLog({ file: folder.at(log), level, service: plan.name }, closing);
    const metrics = openMetrics(closing);
    const tracer = spanRecorder();
    clock.mark('folder');
    const around = { runtime, settings: config, folder };
    const patience = { runtime, msMax: OPENING_MS_MAX };
    const embedded = await inTurn(folder, OPENING_LOCK, patience, () =>
      openStores(topology, plan, around),
    );
    closing.add(() => embedded.close());
    clock.mark('stores');
    const flights = inFlight(runtime);
    const observed = { logger, metrics, tracer };
    const shared = { runtime, ...observed, flights, embedded, settings: config };
    const shown = protections();
    const outside = outsideOf(topology, shared, shown);
    const shed = shown.shedder(doorOf(runtime, closing));
    const others = isOneOfMany
      ? otherHosts(topology, plan, { ...around, logger, metrics, shown }, closing)
      : undefined;
    const listed =
      others && (await hostRegistry(topology, plan, { ...others, settings: config }, closing));
    const known = others && { ...others, listed };
    const nextTo = known && neighbours(topology, plan, known, closing);
    const starting = { ...shared, outside, neighbours: nextTo };
    const group = await startServices(topology, plan, starting, closing);
    let leave = async (): Promise<void> => {};
    if (others) {
      const calls = await serveCalls(
        topology,
        plan,
        { ...others, shed, callee: group.callee },
        closing,
      );
      await listed?.join(calls.url);
      leave = () => calls.leave(async () => listed?.leave(), listed ? NOTICE_MS : 0);
    }
    clock.mark('services');
    const { transport, broker } = group;
    if (isOneOfMany ? plan.edge : !isReplica)
      await seeded(topology, { ...shared, transport, stores: embedded.stores }, isOneOfMany);
    clock.mark('seed');
    const health = hostHealth({ name: plan.name, runtime, services: group.services, outside });
    const parts = { ...shared, health, transport, broker, shed };
    const edge = await listen(topology, plan, parts, closing);
    const names = plan.services.map((one) => one.name);
    const homes = storeHomes(topology, folder);
    const moving = moves(plan, homes, shared, inside);
    closing.add(moving.stop);
    const verbs = {
      ...moving.verbs,
      ...operatorVerbs({ runtime, tracer, keyring: embedded.keyring, ...group }),
      ...subscriptionVerbs(group.services),
      ...protectionVerbs(shown),
      ...(isOneOfMany ? noBackupVerbs : {}),
      ...(isOneOfMany || isReplica
        ? {}
        : backupVerbs(
            { runtime, folder, host: plan.name, services: names },
            (service) => homes.of(service).adapter.kind,
          )),
    };
    const file = isReplica ? replicaFile(plan.name) : operatorFile(plan.name);
    closing.add(await operatorDoor(plan.name, verbs, { runtime, folder, file }));
    if (sharing === 'holder' && hasFiles)
      closing.add(await openStoreDoor(plan.name, embedded.stores, { runtime, folder, logger }));
    clock.mark('edge');
    logger.info('ready', { host: plan.name, url: edge?.url, ...clock.marks });
    const probing = probeFlush({ runtime, folder, logger, metrics });
    closing.add(async () => void (await probing));
    const drain = once(() =>
      drained({ ...{ runtime, edge, health, flights, group, logger, leave }, closing }),
    );
    return {
      name: plan.name,
      data: folder.path,
      url: edge?.url,
      port: edge?.port,
      services: names,
      startMs: clock.marks,
      drain,
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

function moves(
  plan: HostPlan,
  homes: StoreHomes,
  parts: HostParts,
  { onMove }: HostInside,
): MoveVerbs {
  const { runtime, settings: config, logger, embedded } = parts;
  const { sealer, switches = new Map() } = embedded;
  const movers = plan.services.flatMap(({ name: service, collections: own }) => {
    const of = switches.get(service);
    const collections = [...OWN_COLLECTIONS, ...own];
    const place = { service, runtime, settings: config, sealer, collections };
    const reached = onMove ? { reached: onMove } : {};
    return of ? [[service, storeMover({ homes, place, of, logger, ...reached })] as const] : [];
  });
  const why = homes.canMove
    ? 'other hosts work on these stores too: start one host alone, then move'
    : "this topology has only files: name an adapter in its 'destinations'";
  const names = plan.services.map(({ name }) => name);
  return moveVerbs(new Map(movers), names, { runtime, why });
}

/** What is needed to call the other hosts, and to answer them. */
function otherHosts<T extends StoreSurroundings & Pick<HostParts, 'logger'>>(
  topology: Topology,
  { name: host }: HostPlan,
  around: T,
  closing: Closer,
) {
  const master = masterKey(topology.secrets.master, KEYRING_FILE, around);
  const secure = hostTls(topology, { ...around, host, master }, closing);
  return { ...around, master, secure };
}

function planOf(topology: Topology, name: string | undefined): HostPlan {
  const [first, ...others] = topology.hosts;
  if (name === undefined && others.length === 0) return first;
  const names = topology.hosts.map((one) => one.name).join(', ');
  const found = topology.hosts.find((one) => one.name === name);
  return found ?? badDefinition(`topology '${topology.name}': name one of its hosts, ${names}`);
}

/** One of many may find its former self still draining. */
async function lockedFolder(
  config: Settings,
  name: string,
  { runtime, isOneOfMany }: { readonly runtime: Runtime; readonly isOneOfMany: boolean },
  closing: Closer,
): Promise<Folder> {
  const folder = openFolder(config.text('OFFSHOOT_DATA', DATA_DEFAULT));
  const msMax = isOneOfMany ? DRAIN_MS_MAX + SETTLE_MS_MAX : 0;
  const release = await lockOf(folder, `host-${name}.lock`, { runtime, msMax });
  closing.add(async () => release());
  return folder;
}

/** Services in other processes may not answer yet. */
async function seeded({ seed }: Topology, inside: Inside, isOneOfMany: boolean): Promise<void> {
  const { runtime } = inside;
  const end = runtime.monotonic() + (isOneOfMany ? SEED_MS_MAX : 0);
  for (;;) {
    try {
      return await seed?.(inside);
    } catch (error) {
      if (runtime.monotonic() > end || !isAvailability(asOffshootError(error).code)) throw error;
      await runtime.sleep(SEED_AGAIN_MS);
    }
  }
}

async function openLog(
  options: Omit<PinoLoggerOptions, 'version'>,
  closing: Closer,
): Promise<FileLogger> {
  const log = await pinoLogger({ ...options, version: VERSION });
  closing.add(() => log.flush());
  return log;
}

/** Who gets into this process at all: while it is late, the critical only. */
function doorOf(runtime: Runtime, closing: Closer): Shedder {
  const lag = loopLag(runtime, { rings: LAG_RINGS });
  closing.add(async () => lag.stop());
  return shedder({
    name: 'host',
    runtime,
    limit: fixed(OPEN_MAX),
    waitingMax: 0,
    lag,
    lagMsMax: LAG_MS_MAX,
  });
}

function openMetrics(closing: Closer): PrometheusMetrics {
  const metrics = prometheusMetrics();
  closing.add(async () => metrics.close());
  return metrics;
}

function outsideOf(topology: Topology, parts: HostParts, shown: Protections): OutsideWorld {
  const adapters = Object.entries(topology.outside ?? {}).map(([name, make]) => [
    name,
    parts.flights.outside(make(parts)),
  ]);
  return outsideWorld(parts.runtime, Object.fromEntries(adapters), parts.metrics, shown);
}

async function startServices(
  topology: Topology,
  plan: HostPlan,
  parts: HostParts & {
    readonly outside: OutsideWorld;
    readonly neighbours: Neighbours | undefined;
  },
  closing: Closer,
): Promise<ServiceGroup> {
  const sharing = sharingOf(topology, plan);
  const { sagaTermMs: termMs } = topology;
  const terms = termMs === undefined ? {} : { termMs };
  const shared = sharing && { shared: { sharing, holder: plan.name, ...terms } };
  const group = serviceGroup(plan.services, { ...parts, ...shared });
  closing.add(async () => {
    group.stop();
    await parts.flights.idle(SETTLE_MS_MAX);
    if (sharing) await group.handOver(SETTLE_MS_MAX);
  });
  await group.start();
  return group;
}

interface Drained {
  readonly runtime: Runtime;
  readonly edge: Listening | undefined;
  readonly health: HostHealth;
  readonly flights: InFlight;
  readonly group: ServiceGroup;
  readonly logger: FileLogger;
  /** Tells the other hosts. */
  readonly leave: () => Promise<void>;
  readonly closing: Closer;
}

async function drained(parts: Drained): Promise<void> {
  const { runtime, edge, health, flights, group, logger, leave, closing } = parts;
  logger.info('draining', { inFlight: flights.size });
  health.unready();
  flights.close();
  await leave();
  // Sagas and subscriptions make calls of their own: only without them can it become idle.
  group.stop();
  if (!(await flights.idle(DRAIN_MS_MAX))) logger.warn('cut off', { inFlight: flights.size });
  if (edge) await runtime.sleep(FAREWELL_MS);
  logger.info('drained');
  await closing.close();
}

function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= task();
    return running;
  };
}

function stopwatch(runtime: Runtime) {
  const marks: Record<string, number> = {};
  let last = runtime.monotonic();
  return {
    marks,
    mark(name: string): void {
      const now = runtime.monotonic();
      marks[name] = Math.round(now - last);
      last = now;
    },
  };
}
