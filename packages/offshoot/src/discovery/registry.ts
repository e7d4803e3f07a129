// Who is where right now, and how does one say so oneself? The port that every registry fills.
import type { Outbound, OutboundReply } from '../runtime/index.ts';
import type { Instance } from './instance.ts';

/** What a registry granted. `token` tells this holding from another of the same id. */
export interface Registered {
  readonly instance: Instance;
  /** Opaque: only the registry that gave it knows what it means. */
  readonly token: string;
  /** How long the registry believes it without hearing again; it may grant more or less. */
  readonly leaseMs: number;
}

/** All instances of one service at one moment, by id. */
export interface Listing {
  /** Opaque, for `look`: equal revisions of a service mean equal lists. */
  readonly revision: string;
  readonly instances: readonly Instance[];
}

export interface LookOptions {
  /** The revision that the caller has. Left out, the answer comes at once. */
  readonly after?: string | undefined;
  /** How long to wait for another list than that one. @default 0 */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The same renewal as one HTTP request, so that something smaller than this thread can send it. */
export interface Renewal {
  readonly request: Outbound;
  /** What `renew` would have resolved with. Throws what it would have rejected with. */
  isRenewed(reply: Pick<OutboundReply, 'status' | 'body'>): boolean;
}

/**
 * A registry: lists that can be waited on. A list is a state, not a history: who comes back after
 * a while gets the newest and has missed nothing that still matters. Whoever registers is listed
 * until it leaves, or until the registry, **by its own clock**, has not heard of it for its lease;
 * nobody else's clock is asked.
 *
 * Every method rejects with UNAVAILABLE or DEADLINE_EXCEEDED when the registry is away, which says
 * nothing about the instances: who has a list keeps it (`directory`).
 */
export interface Registry {
  /** `etcd`: a product. */
  readonly kind: string;
  /**
   * Lists the instance for `leaseMs`, in place of any of the same id. The list of its service has
   * it when this resolves.
   */
  register(instance: Instance, leaseMs: number): Promise<Registered>;
  /** Begins the lease anew. False: the registry does not know it any more, so register again. */
  renew(registered: Registered): Promise<boolean>;
  /** Left out where a renewal is not one HTTP request. */
  renewal?(registered: Registered): Renewal;
  /** Takes it off the list at once. Of a holding that is not the newest, nothing. */
  deregister(registered: Registered): Promise<void>;
  /**
   * The list of a service when it is not at `after`, else as soon as it is not; undefined when
   * `waitMs` pass first. A service that nobody registered has an empty list.
   */
  look(service: string, options?: LookOptions): Promise<Listing | undefined>;
  /** Ends waits, with DRAINING. Registered instances stay. May be called again. */
  close(): void;
}
