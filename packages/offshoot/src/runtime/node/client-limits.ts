// How much, and how long, may a stranger send to a server of this process?
import type { Server } from 'node:http';

export interface ClientLimits {
  /** All header lines together. @default 16 KiB */
  readonly headerBytesMax?: number;
  /** @default 100 */
  readonly headersMax?: number;
  /** How long a client may take to send its headers. @default 5 s */
  readonly headersTimeoutMs?: number;
  /** How long a client may take to send the whole request. @default 15 s */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection stays. Longer than the 60 s of usual proxies. @default 65 s */
  readonly keepAliveTimeoutMs?: number;
  /** @default 10,000 */
  readonly connectionsMax?: number;
}

export const CLIENT_LIMITS_DEFAULTS: Required<ClientLimits> = Object.freeze({
  headerBytesMax: 16_384,
  headersMax: 100,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  keepAliveTimeoutMs: 65_000,
  connectionsMax: 10_000,
});

const LATE_CLIENT_CHECK_MS = 1_000;

/** What a server is made with. */
export const clientTimes = (limits: Required<ClientLimits>) => ({
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: LATE_CLIENT_CHECK_MS,
  maxHeaderSize: limits.headerBytesMax,
});

/** What a server is told when it is made. */
export function limitClients(server: Server, limits: Required<ClientLimits>): void {
  server.maxHeadersCount = limits.headersMax;
  server.maxConnections = limits.connectionsMax;
}
