// Which instances are alive, when nothing but one of our own processes keeps the list?
import { OffshootError } from '../error/index.ts';
import type { Cancel, Runtime } from '../runtime/index.ts';
import { checkService, type Instance } from './instance.ts';
import type { Listing, LookOptions, Registered, Registry } from './registry.ts';
import { type HeldInstance, registryFile } from './registry-file.ts';
import { closed, runtimeWait } from './wait.ts';

export interface EmbeddedRegistryOptions {
  readonly runtime: Runtime;
  /** A file that remembers who was registered, over a restart. @default none: memory only */
  readonly path?: string;
  /** Of all services together; one more is refused with OVERLOADED. @default 10000 */
  readonly instancesMax?: number;
  /** Waits at once; one more is refused with OVERLOADED. @default 20000 */
  readonly watchersMax?: number;
  /** Leases are granted within these, milliseconds. @default 1000 */
  readonly leaseMsMin?: number;
  /** @default 600000 */
  readonly leaseMsMax?: number;
}

export interface EmbeddedRegistry extends Registry {
  /** Instances of all services together. */
  readonly size: number;
  /** Services that have an instance, by name. */
  services(): readonly string[];
  /** The list of a service as it is now. */
  list(service: string): Listing;
  renew(registered: Holding): Promise<boolean>;
  deregister(registered: Holding): Promise<void>;
}

/** Which holding is meant: all that a renewal over a wire has to say. */
export interface Holding {
  readonly instance: Pick<Instance, 'service' | 'id'>;
  readonly token: string;
}

interface Group {
  readonly held: Map<string, HeldInstance & { until: number }>;
  revision: number;
  listing?: Listing | undefined;
}

/** From waking all who wait to waking them again: a mass start wakes them 100 times a second. */
const GATHER_MS = 10;
/** A sweep so late means that this process stood still, and heard no renewals meanwhile. */
const STALL_MS = 1_000;

/**
 * A registry in this process: for hosts that share it (`registryPages` serves it to others), for
 * tests, and in simulation. Leases run on its own monotonic clock. Time in which it stood still
 * counts for nobody, and with a `path` a restart gives everybody a whole lease to be heard again.
 * One timer, however many instances.
 *
 * @example
 * const registry = embeddedRegistry({ runtime });
 * await registry.register(instance({ id: 'a', service: 'orders', url: 'http://10.0.0.7:3001' }), 30_000);
 * registry.list('orders').instances.length; // 1
 */
export function embeddedRegistry(options: EmbeddedRegistryOptions): EmbeddedRegistry {
  const { runtime, path, instancesMax = 10_000, watchersMax = 20_000 } = options;
  const { leaseMsMin = 1_000, leaseMsMax = 600_000 } = options;
  const file = path === undefined ? undefined : registryFile(runtime.openDatabase(path));
  const life = runtime.id(); // revisions of another life are another list
  const groups = new Map<string, Group>();
  const waits = new Map<string, Set<() => void>>();
  const changed = new Set<string>();
  const closing = new AbortController();
  let size = 0;
  let waiting = 0;
  let changes = 0;
  let wokenAt = Number.NEGATIVE_INFINITY;
  let sweeping: { readonly at: number; readonly cancel: Cancel } | undefined;

  const wake = (): void => {
    wokenAt = runtime.monotonic();
    for (const service of changed) for (const done of waits.get(service) ?? []) done();
    changed.clear();
  };

  const change = (service: string): void => {
    const group = groups.get(service);
    changes += 1;
    if (group?.held.size === 0) groups.delete(service);
    else if (group) Object.assign(group, { revision: changes, listing: undefined });
    const pause = wokenAt + GATHER_MS - runtime.monotonic();
    if (changed.size === 0) runtime.after(Math.max(0, pause), wake);
    changed.add(service);
  };

  /** The list is made once a change, and shared by all who ask. */
  const list = (service: string): Listing => {
    const group = groups.get(service);
    if (!group) return { revision: `${life}.0`, instances: [] };
    group.listing ??= {
      revision: `${life}.${group.revision}`,
      instances: [...group.held.values()]
        .map((one) => one.instance)
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
    return group.listing;
  };

  const hold = (given: HeldInstance): void => {
    const { service, id } = given.instance;
    const group = groups.get(service) ?? { held: new Map(), revision: 0 };
    groups.set(service, group);
    if (!group.held.has(id)) size += 1;
    const until = runtime.monotonic() + given.leaseMs;
    group.held.set(id, { ...given, until });
    change(service);
    sweepBy(until);
  };

  const drop = (service: string, id: string): void => {
    file?.remove(service, id);
    if (groups.get(service)?.held.delete(id)) size -= 1;
    change(service);
  };

  const sweepBy = (at: number): void => {
    if (sweeping && sweeping.at <= at) return;
    sweeping?.cancel();
    sweeping = { at, cancel: runtime.after(at - runtime.monotonic(), sweep) };
  };

  const sweep = (): void => {
    const now = runtime.monotonic();
    const late = now - (sweeping?.at ?? now);
    // A moment more than it stood still: the beats of that time are yet to be read.
    const missed = late > STALL_MS ? late + STALL_MS : 0;
    let next = Number.POSITIVE_INFINITY;
    for (const [service, { held }] of groups)
      for (const [id, one] of held) {
        one.until += missed;
        if (one.until <= now) drop(service, id);
        else next = Math.min(next, one.until);
      }
    sweeping = undefined;
    if (next < Number.POSITIVE_INFINITY) sweepBy(next);
  };

  const found = ({ instance: { service, id }, token }: Holding) => {
    const one = groups.get(service)?.held.get(id);
    return one?.token === token ? one : undefined;
  };

  /** Ends at the next change of the service, and sometimes for an earlier one that still wakes. */
  const wait = async (service: string, ms: number, signal?: AbortSignal): Promise<void> => {
    if (waiting >= watchersMax)
      throw new OffshootError('OVERLOADED', `${watchersMax} watchers wait here; try again later`);
    const woken = new AbortController();
    const done = () => woken.abort();
    const here = waits.get(service) ?? new Set();
    waits.set(service, here.add(done));
    waiting += 1;
    await runtimeWait(runtime, ms, [woken.signal, signal, closing.signal]);
    waiting -= 1;
    here.delete(done);
    if (here.size === 0) waits.delete(service);
  };

  for (const one of file?.all() ?? []) hold(one);

  return {
    kind: 'embedded',
    get size() {
      return size;
    },
    services: () => [...groups.keys()].sort(),
    list,
    async register(instance, asked): Promise<Registered> {
      const isNew = !groups.get(instance.service)?.held.has(instance.id);
      if (isNew && size >= instancesMax)
        throw new OffshootError('OVERLOADED', `${instancesMax} instances are registered here`);
      const leaseMs = Math.min(Math.max(asked, leaseMsMin), leaseMsMax);
      const held = { instance, leaseMs, token: runtime.id() };
      file?.put(held);
      hold(held);
      return held;
    },
    async renew(holding) {
      const one = found(holding);
      if (one) one.until = runtime.monotonic() + one.leaseMs;
      return one !== undefined;
    },
    async deregister(holding) {
      if (found(holding)) drop(holding.instance.service, holding.instance.id);
    },
    async look(service, { after, waitMs = 0, signal }: LookOptions = {}) {
      checkService(service);
      const end = runtime.monotonic() + waitMs;
      for (;;) {
        if (closing.signal.aborted) throw closed();
        const listing = list(service);
        if (listing.revision !== after) return listing;
        const left = end - runtime.monotonic();
        if (left <= 0 || signal?.aborted) return undefined;
        await wait(service, left, signal);
      }
    },
    close() {
      if (closing.signal.aborted) return;
      closing.abort();
      sweeping?.cancel();
      file?.close();
    },
  };
}
