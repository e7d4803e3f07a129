// What does a policy see of one request and its answer, and what may it do to them?
import type { Endpoint } from '../discovery/index.ts';
import type { OffshootError } from '../error/index.ts';
import type { FrontRequest, UpstreamFailure } from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { RequestHead } from './request-head.ts';
import type { RoutedService, RouteToService } from './routed-service.ts';

/** How an exchange ended. `refused`: by the gateway. `gone`: the client left first. */
export type ExchangeOutcome = 'answered' | 'refused' | 'failed' | 'gone';

/** One request and its answer, as policies see it. */
export interface Exchange {
  readonly request: FrontRequest;
  /** The lines of the request, read once; `forwarded` goes on to the service. */
  readonly head: RequestHead;
  readonly method: string;
  readonly route: RouteToService;
  /** Where it is sent: the route's target unless a policy says otherwise. */
  service: RoutedService;
  /** By the runtime's monotonic clock. */
  readonly startedMs: number;
  /** The address of the connection: no header can change it. */
  readonly remoteAddress: string;
  /** What is sent on: path with query, as the route rewrote it. */
  target: string;
  /** Kept by policies, each at its own place. */
  readonly slots: unknown[];
  /** Who asks, once a policy has found out. */
  principal: Principal | undefined;
  /** Sent on, and shown in logs. Empty until a policy gives one. */
  requestId: string;
  /** Sent on. Empty until a policy gives one. */
  traceparent: string;
  /** Milliseconds, from the start, that the head of the answer may take. */
  timeoutMs: number;
  /** Milliseconds of silence, once the answer has begun, after which it is broken off. */
  silenceMs: number;
  bodyBytesMax: number;
  /** How often another instance may be tried, and who decides it. Bodies over 64 KiB are sent once. */
  retriesLeft: number;
  mayRetry: ((exchange: Exchange, failure: UpstreamFailure) => boolean) | undefined;
  /** Requests of one key go to one instance, with the balancer consistent-hash. */
  balanceKey: string | undefined;

  /** Of the answer; 0 until it is known. May be changed in `onResponse`. */
  status: number;
  /** Lower-case name, value, … of the answer, without hop-by-hop lines. */
  replyHeaders: string[];
  /** Undefined while it is on its way. */
  readonly outcome: ExchangeOutcome | undefined;
  /** What went wrong, on our side or the service's. */
  readonly error: OffshootError | undefined;
  /** Bytes of body for the client. */
  readonly bytesSent: number;
  /** How often it was sent to an instance. */
  readonly attempts: number;
  /** The instance that was asked last. */
  readonly endpoint: Endpoint | undefined;
  /** The answer's body is collected up to so many bytes, when set in `onResponse`. 0 = it is not. */
  collectBytesMax: number;
  /** Its chunks, whole in `onEnd` of an `answered`; undefined when it was larger. */
  readonly collected: readonly Buffer[] | undefined;

  /** The request's body, once it was read whole: up to 64 KiB. */
  readonly body: Uint8Array | undefined;
  /** A line of the request that goes on, by its lower-case name. */
  header(name: string): string | undefined;
  /** Sends a line on to the service beside those of the client. The value is ours: one line, ASCII. */
  forward(name: string, value: string): void;
  /** Takes a line of the client away. */
  withhold(name: string): void;
  /** Adds a line to whatever answer the client gets. */
  reply(name: string, value: string): void;
  /** Ends the exchange with an answer of the gateway's own. */
  answer(status: number, headers: readonly string[], body?: string | Buffer): void;
  /** Ends it with a problem, or breaks the connection off where an answer has begun. */
  fail(thrown: unknown): void;
}
