// How does a request travel on to another HTTP server, as a stream in both directions? The port.
import type { Duplex, Readable } from 'node:stream';

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name, value, name, value …, without framing: no content-length, no transfer-encoding. */
  readonly headers: string[];
  /** Bytes are sent with their length; a stream with `bodyLength`, or in chunks without it. */
  readonly body: Uint8Array | Readable | undefined;
  readonly bodyLength: number | undefined;
}

/** Why no whole answer came. */
export interface UpstreamFailure {
  /** `connect`: nothing was sent. `reset`: it broke off. `protocol`: what came is no HTTP/1.1. */
  readonly kind: 'connect' | 'reset' | 'protocol' | 'busy';
  readonly cause: unknown;
}

/**
 * Told of one answer: head, data any number of times, then end; or a failure at any point, and
 * nothing after it. Must not throw.
 */
export interface UpstreamListener {
  /** `headers`: lower-case name, value, …, as they came, framing and hop-by-hop included. */
  onHead(status: number, headers: string[]): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

/** An answer on its way. */
export interface UpstreamCall {
  /** No data comes until `resume`: the server's socket is not read. */
  pause(): void;
  resume(): void;
  /** Closes the exchange and its socket; the listener hears nothing any more. */
  abort(): void;
}

/** One HTTP server, by its origin, and the connections to it. */
export interface Upstream {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall;
  /** Idle connections go at once, others when their answer is whole. */
  close(): void;
}

export interface UpstreamOptions {
  /** `http://10.0.0.7:3001`, without a path. */
  readonly origin: string;
  /** @default 256 */
  readonly connectionsMax?: number;
  /** How long to wait for a connection, milliseconds. @default 1000 */
  readonly connectTimeoutMs?: number;
  /** Idle connections go before the server's own limit can race a request. @default 4000 */
  readonly idleMs?: number;
}

/** Opens nothing until the first request. */
export type UpstreamClient = (options: UpstreamOptions) => Upstream;

/** A server that went on as WebSocket, or what it answered instead. `headers`: lower-case name, value, … */
export type Switched =
  | {
      readonly status: 101;
      readonly headers: string[];
      readonly socket: Duplex;
      readonly head: Buffer;
    }
  | { readonly status: number; readonly headers: string[]; readonly body: Readable };

export interface SwitchRequest {
  readonly origin: string;
  readonly path: string;
  /** Without those that ask for the switch. */
  readonly headers: readonly string[];
  readonly timeoutMs: number;
}

/** Asks a server to go on as WebSocket. Rejects when there is no answer. */
export type WebSocketClient = (request: SwitchRequest) => Promise<Switched>;
