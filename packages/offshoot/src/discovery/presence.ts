// How does a process stay listed for as long as it lives, and no longer?
import { asOffshootError } from '../error/index.ts';
import { inTime } from '../resilience/index.ts';
import type { Cancel, Runtime } from '../runtime/index.ts';
import { type Instance, type InstanceSpec, instance } from './instance.ts';
import type { Registered, Registry } from './registry.ts';

export interface PresenceOptions {
  readonly registry: Registry;
  readonly runtime: Runtime;
  readonly instance: InstanceSpec;
  /** How long the registry believes it without a beat. @default 30000 */
  readonly leaseMs?: number;
  /** From one beat to the next; at most a third of the granted lease. @default 10000 */
  readonly beatMs?: number;
  /**
   * How long this thread may be busy without a pause before its beats stop: what answers nobody
   * for longer is not alive, and its lease ends. @default `leaseMs`
   */
  readonly stallMsMax?: number;
  /** Told of each change of `state`. */
  readonly onState?: (state: PresenceState, why?: string) => void;
}

/** `away`: the registry does not answer; tried again until it does. */
export type PresenceState = 'joining' | 'listed' | 'away' | 'left';

export interface Presence {
  readonly state: PresenceState;
  readonly instance: Instance;
  /** Resolves true when it is listed; false when it is not within `ms`. */
  listed(ms: number): Promise<boolean>;
  /** Says something else of itself: health, weight, tags, zone, version, url. */
  update(change: Partial<Omit<InstanceSpec, 'id' | 'service'>>): Promise<void>;
  /** Off the list, and no more beats; waits for the registry `ms` at most. @default 2000 */
  leave(ms?: number): Promise<void>;
}

const RETRY_MS = 200;
const RETRY_MS_MAX = 5_000;
const LEAVE_MS_MAX = 2_000;
/** Of a lease, so that two lost beats end no lease. */
const BEATS_PER_LEASE = 3;

/**
 * Registers an instance and keeps it listed: beats, registers again when the registry forgot it,
 * tries until it can be reached. One timer at a time, gone with `leave`. Where the runtime has a
 * heart of its own (`runtime.heart`) and the registry's renewal is one HTTP request, beats come
 * from there and survive a busy event loop, for at most `stallMsMax`.
 *
 * @example
 * const here = presence({ registry, runtime, instance: { id: 'a', service: 'orders', url } });
 * await here.listed(1_000); // true
 * await here.leave();
 */
export function presence(options: PresenceOptions): Presence {
  const { registry, runtime, onState } = options;
  const { leaseMs = 30_000, beatMs = 10_000, stallMsMax = leaseMs } = options;
  const waiting = new Set<() => void>();
  let spec = options.instance;
  let now = instance(spec);
  let state: PresenceState = 'joining';
  let registered: Registered | undefined;
  let failures = 0;
  let stopBeat: Cancel = () => {};
  let joining: Promise<void> | undefined;
  let again = false;

  const enter = (next: PresenceState, why?: string): void => {
    if (state === next || state === 'left') return;
    state = next;
    onState?.(next, why);
    for (const done of waiting) done();
  };

  const away = (error: unknown): void => {
    failures = Math.min(failures + 1, 20);
    enter('away', asOffshootError(error).message);
  };
  const pauseMs = () =>
    Math.min(RETRY_MS * 2 ** failures, RETRY_MS_MAX) * (0.5 + runtime.random() / 2);

  const join = async (): Promise<void> => {
    stopBeat();
    try {
      const granted = await registry.register(now, leaseMs);
      // It was told to go while this was on its way.
      if (state === 'left') return void (await registry.deregister(granted).catch(() => {}));
      registered = granted;
      failures = 0;
      enter('listed');
      beat(granted);
    } catch (error) {
      away(error);
      if (state !== 'left') stopBeat = runtime.after(pauseMs(), rejoin);
    }
  };

  /** One registration at a time; what is said meanwhile is said after it. */
  const rejoin = (): Promise<void> => {
    if (joining) {
      again = true;
      return joining.then(() => joining);
    }
    joining = join().finally(() => {
      joining = undefined;
      if (!again || state === 'left') return;
      again = false;
      void rejoin();
    });
    return joining;
  };

  const heard = (isKnown: boolean): void => {
    if (state === 'left') return;
    failures = 0;
    if (isKnown) enter('listed');
    else {
      enter('joining', 'the registry forgot this instance');
      void rejoin();
    }
  };

  const beat = (granted: Registered): void => {
    const everyMs = Math.min(beatMs, granted.leaseMs / BEATS_PER_LEASE);
    const renewal = registry.renewal?.(granted);
    if (renewal && runtime.heart) {
      const { request, isRenewed } = renewal;
      stopBeat = runtime.heart({
        ...{ request, everyMs, stallMsMax },
        onReply(reply) {
          if (registered !== granted) return;
          try {
            if (reply instanceof Error) throw reply;
            heard(isRenewed(reply));
          } catch (error) {
            away(error);
            stopBeat();
            stopBeat = runtime.after(pauseMs(), rejoin); // it may be elsewhere by now
          }
        },
      });
      return;
    }
    const next = async (): Promise<void> => {
      let pause = everyMs;
      try {
        const isKnown = await registry.renew(granted);
        if (registered !== granted) return;
        heard(isKnown);
        if (!isKnown) return;
      } catch (error) {
        if (registered !== granted) return;
        away(error);
        pause = Math.min(everyMs, pauseMs());
      }
      if (state !== 'left') stopBeat = runtime.after(pause, () => void next());
    };
    stopBeat = runtime.after(everyMs, () => void next());
  };

  void rejoin();

  return {
    get state() {
      return state;
    },
    get instance() {
      return now;
    },
    listed(ms) {
      return new Promise((resolve) => {
        const look = () => {
          if (state !== 'listed' && state !== 'left') return;
          settle();
        };
        const settle = () => {
          cancel();
          waiting.delete(look);
          resolve(state === 'listed');
        };
        const cancel = runtime.after(ms, settle);
        waiting.add(look);
        look();
      });
    },
    async update(change) {
      spec = { ...spec, ...change };
      now = instance(spec);
      if (state !== 'left') await rejoin();
    },
    async leave(ms = LEAVE_MS_MAX) {
      if (state === 'left') return;
      enter('left');
      stopBeat();
      const last = registered;
      registered = undefined;
      if (!last) return;
      // The lease would end it, too: leaving only says so at once.
      const leaving = () => registry.deregister(last);
      await inTime(runtime, ms, 'leaving', leaving).catch(() => {});
    },
  };
}
