// What travels with a call, and what comes back? The same in process and on a wire.
import type { Criticality } from '../contract/index.ts';
import type { ErrorRecord } from '../error/index.ts';
import type { Principal } from '../security/index.ts';

/** Pinned in decision record 0003; over HTTP each is a header. */
export interface CallHeaders {
  /** Milliseconds left for the whole call. */
  readonly deadlineMs: number;
  readonly correlationId: string;
  /** The request or event that caused this call. */
  readonly causationId: string;
  readonly traceparent: string;
  readonly idempotencyKey?: string;
  /** What the answer must not be older than: `after` of earlier replies, commas between. */
  readonly after?: string;
  /** Which attempt of the caller this is. Above 1, nobody below retries. @default 1 */
  readonly attempt?: number;
  /** How bad it is if this one is shed. @default the operation's own */
  readonly criticality?: Criticality;
}

export interface Call {
  readonly service: string;
  readonly operation: string;
  /** A JSON value; the callee parses it. */
  readonly input: unknown;
  readonly principal: Principal;
  readonly headers: CallHeaders;
  /** That it may be made twice: a query, or a command with a key. Never travels. @default false */
  readonly repeatable?: boolean;
  /** Aborts when nobody waits for the reply any more: on the caller's side, and on the callee's. */
  readonly signal?: AbortSignal | undefined;
}

export type Reply =
  | {
      readonly kind: 'output';
      /** A JSON value; the caller parses it. */
      readonly value: unknown;
      /** `service=epoch.seq`: what a later query can wait for. */
      readonly after: string;
      /** True when this is the stored answer to an earlier call with the same key. */
      readonly replayed?: boolean;
      /** True when it may be older than the caller's `after`. */
      readonly stale?: boolean;
    }
  | {
      readonly kind: 'refusal';
      readonly code: string;
      readonly data: unknown;
      readonly stale?: boolean;
    }
  /** `error.details.retried` says how often somebody below tried again: nobody above does then. */
  | { readonly kind: 'error'; readonly error: ErrorRecord };

/**
 * Takes a call to its service and brings the reply back. Never rejects: what goes wrong on the
 * way is an `error` reply with an availability code. Mutating what was passed or received has no
 * effect on the other side.
 */
export type Transport = (call: Call) => Promise<Reply>;
