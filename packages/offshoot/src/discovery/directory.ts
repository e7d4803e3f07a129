// What does this process know of who is where, also while the registry is away?
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Cancel, Runtime } from '../runtime/index.ts';
import { checkService, type Instance } from './instance.ts';
import type { Listing, Registry } from './registry.ts';
import { runtimeWait } from './wait.ts';

export interface DirectoryOptions {
  readonly registry: Registry;
  readonly runtime: Runtime;
  /** How long one question waits for a change. @default 10000 */
  readonly waitMs?: number;
  /** First pause after a question that failed; doubles up to `retryMsMax`. @default 100 */
  readonly retryMs?: number;
  /** @default 5000 */
  readonly retryMsMax?: number;
  /**
   * How long those are kept who were known before the registry was away and are missing after: it
   * may have lost its memory, and they need a beat to be heard again. @default 30000
   */
  readonly keepMs?: number;
  /**
   * Services watched at once; one more is refused with OVERLOADED. Each is a request that waits, of
   * the 256 that a process makes to one place. @default 200
   */
  readonly servicesMax?: number;
}

/** The last known list of one service. */
export interface View {
  readonly service: string;
  readonly instances: readonly Instance[];
  /** The registry has been away since `instances` was true, or has never answered. */
  readonly isStale: boolean;
  /** Milliseconds since the list was last known to be true; 0 while it is. */
  readonly staleMs: number;
  /** Why it is stale. */
  readonly trouble: string | undefined;
  /** Resolves when there is a list, or with what `trouble` says by then after `ms`. */
  known(ms: number): Promise<boolean>;
  /** Told after each change of `instances`. */
  onChange(listener: () => void): Cancel;
}

export interface Directory {
  /** The view of a service; its first use begins to watch it. Throws OVERLOADED. */
  of(service: string): View;
  /** Ends all watching. Views keep what they know. */
  close(): void;
}

/**
 * Watches services of a registry, one wait each. When the registry is away a view keeps the last
 * known list and says that it is stale: instances do not die because somebody who counts them does.
 *
 * @example
 * const orders = directory({ registry, runtime }).of('orders');
 * await orders.known(1_000);
 * orders.instances.length; // how many instances of orders there are
 */
export function directory(options: DirectoryOptions): Directory {
  const { servicesMax = 200 } = options;
  const views = new Map<string, View>();
  const closing = new AbortController();
  return {
    of(service) {
      checkService(service);
      const known = views.get(service);
      if (known) return known;
      if (views.size >= servicesMax)
        throw new OffshootError('OVERLOADED', `${servicesMax} services are watched already`);
      const view = watched(service, options, closing.signal);
      views.set(service, view);
      return view;
    },
    close: () => closing.abort(),
  };
}

/** A registry that answers every question at once is asked so seldom all the same. */
const ROUND_MS_MIN = 20;

function watched(service: string, options: DirectoryOptions, closing: AbortSignal): View {
  const { registry, runtime } = options;
  const { waitMs = 10_000, retryMs = 100, retryMsMax = 5_000, keepMs = 30_000 } = options;
  const listeners = new Set<() => void>();
  const missing = new Map<string, Instance>();
  let listed: Listing | undefined;
  let instances: readonly Instance[] = [];
  let staleSince: number | undefined = runtime.monotonic();
  let trouble: string | undefined = 'the registry has not answered yet';

  const show = (): void => {
    const kept = [...missing.values()];
    instances = [...(listed?.instances ?? []), ...kept].sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const listener of listeners) listener();
  };

  /** The first list after an outage: whoever is not in it any more stays for a while. */
  const keepMissing = (fresh: Listing): void => {
    const there = new Set(fresh.instances.map(({ id }) => id));
    const gone = instances.filter(({ id }) => !there.has(id));
    if (gone.length === 0) return;
    for (const one of gone) missing.set(one.id, one);
    runtime.after(keepMs, () => {
      const before = missing.size;
      for (const one of gone) if (missing.get(one.id) === one) missing.delete(one.id);
      if (missing.size < before && !closing.aborted) show();
    });
  };

  const heard = (fresh: Listing | undefined): void => {
    const wasAway = staleSince !== undefined;
    staleSince = undefined;
    trouble = undefined;
    if (!fresh) return;
    if (wasAway && listed) keepMissing(fresh);
    for (const { id } of fresh.instances) missing.delete(id);
    listed = fresh;
    show();
  };

  const watch = async (): Promise<void> => {
    let failures = 0;
    while (!closing.aborted) {
      const asked = runtime.monotonic();
      try {
        const after = listed?.revision;
        // After an outage first whether it is back, and then whether anything changes.
        const wait = staleSince === undefined ? waitMs : 0;
        heard(await registry.look(service, { after, waitMs: wait, signal: closing }));
        failures = 0;
        await runtimeWait(runtime, asked + ROUND_MS_MIN - runtime.monotonic(), [closing]);
      } catch (error) {
        if (closing.aborted) return;
        staleSince ??= runtime.monotonic();
        trouble = asOffshootError(error).message;
        const pause = Math.min(retryMs * 2 ** failures, retryMsMax) * (0.5 + runtime.random() / 2);
        failures = Math.min(failures + 1, 20);
        await runtimeWait(runtime, pause, [closing]);
      }
    }
  };
  void watch();

  return {
    service,
    get instances() {
      return instances;
    },
    get isStale() {
      return staleSince !== undefined;
    },
    get staleMs() {
      return staleSince === undefined ? 0 : runtime.monotonic() - staleSince;
    },
    get trouble() {
      return trouble;
    },
    known(ms) {
      if (listed) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = () => {
          cancel();
          listeners.delete(settle);
          resolve(listed !== undefined);
        };
        const cancel = runtime.after(ms, settle);
        listeners.add(settle);
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
