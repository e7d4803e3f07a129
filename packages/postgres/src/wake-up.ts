// How does a process hear of what others have committed, and of nothing twice?
import type { Runtime } from 'offshoot/runtime';
import type { Connection, Statement } from './connection.ts';

export interface WakeUp {
  /** The last position known to be durable. */
  readonly seq: number;
  /** This process has committed so far: listeners are called if that is news. */
  advance(seq: number): void;
  /** The log reaches so far, as was read: somebody else's doing if that is news. */
  found(seq: number): void;
  /** This process has written so far: others are told soon. */
  tell(seq: number): void;
  /** Somebody else calls: with a position, or for the outbox. */
  hear(payload: string): void;
  /** The connection is new: what was called meanwhile was not heard. */
  look(): void;
  onDurable(listener: () => void): () => void;
  stop(): void;
}

export interface WakeUpOptions {
  readonly runtime: Runtime;
  readonly connection: Connection;
  readonly channel: string;
  readonly seq: number;
  readonly pollMs: number;
  readonly onOutbox: () => void;
  /** Somebody else has committed. */
  readonly onOthers: () => void;
}

const HEAD: Statement = { name: 'head', text: 'SELECT coalesce(max(seq), 0) FROM log' };
const TELL: Statement = { name: 'tell', text: 'SELECT pg_notify($1, $2)' };
const TELL_MS = 5; // at most one call in this time: many commits are one
const LONE_MS = 1; // questions that a commit lets loose go first

/**
 * A call (NOTIFY) is sent after the commit, in a transaction of its own that has nothing to write:
 * inside the commit it would hold a lock that all commits of the whole database queue for. It may
 * be lost with its connection, so every `pollMs` somebody looks.
 */
export function wakeUp(options: WakeUpOptions): WakeUp {
  const { runtime, connection, channel, pollMs } = options;
  const listeners = new Set<() => void>();
  let seq = options.seq;
  let told = seq;
  let said = seq;
  let telling = false;
  let stopped = false;

  const advance = (to: number): void => {
    if (to <= seq) return;
    seq = to;
    for (const listener of listeners) listener();
  };

  const found = (to: number): void => {
    if (to > seq) options.onOthers();
    advance(to);
  };

  const look = async (): Promise<void> => {
    if (stopped || !connection.isUp) return;
    try {
      const [row] = await connection.run(HEAD, []);
      if (!stopped) found(Number(row?.[0]));
    } catch {
      return; // it is looked at again
    }
    if (!stopped) options.onOutbox();
  };

  const poll = (): void => {
    cancel = runtime.after(pollMs, () => {
      void look();
      poll();
    });
  };
  let cancel = () => {};
  poll();

  const tell = (): void => {
    said = told;
    runtime.after(TELL_MS, () => {
      if (told > said) tell();
      else telling = false;
    });
    if (stopped || !connection.isUp) return; // others look anyway
    connection.run(TELL, [channel, String(told)]).catch(() => {});
  };

  return {
    get seq() {
      return seq;
    },
    advance,
    found,
    tell(to) {
      told = to;
      if (telling) return;
      telling = true;
      runtime.after(LONE_MS, tell);
    },
    hear(payload) {
      if (stopped) return;
      if (payload === 'outbox') options.onOutbox();
      else found(Number(payload) || 0);
    },
    look: () => void look(),
    onDurable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
