// What does a service need from the machine it runs on? The only door to nondeterminism.
import type { Cryptography } from './cryptography.ts';
import type { Database } from './database.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Outbound, OutboundReply } from './http.ts';

export type Cancel = () => void;

/**
 * Time, timers, randomness, ids, cryptography, storage and network of one host. The Node
 * runtime is real; the simulation's is seeded and single-threaded. Everything outside
 * `runtime/` that is not a pure function asks here.
 */
export interface Runtime {
  /** Wall clock, milliseconds since 1970. May jump. */
  now(): number;
  /** Milliseconds that only grow; for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms` unless cancelled. Does not keep the process alive. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` when the current turn of the event loop is over: where a group commits. */
  endOfTurn(task: () => void): void;
  /** Uniform in [0, 1). */
  random(): number;
  randomBytes(length: number): Uint8Array;
  /** A UUIDv7, lower case, strictly increasing within this runtime. Never a secret. */
  id(): string;
  readonly cryptography: Cryptography;
  /** Opens (or makes) a database file. Only `store`, `security` and `discovery` call this. */
  openDatabase(path: string, options?: { readonly readOnly?: boolean }): Database;
  /** One HTTP request to the outside world. Rejects with UNAVAILABLE or DEADLINE_EXCEEDED. */
  request(outbound: Outbound): Promise<OutboundReply>;
  /** Sends one request over and over although this thread is busy. Left out: nobody can. */
  heart?(heartbeat: Heartbeat): Cancel;
}
