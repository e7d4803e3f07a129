// How far is this process behind? In Node the event loop is a queue too, and the one nobody sees.
import type { Cancel, Runtime } from '../runtime/index.ts';

export interface LoopLag {
  /** By how much the process has been late of late, milliseconds. */
  at(nowMs: number): number;
  stop(): void;
}

/**
 * Rings every `everyMs` and sees how late it is; while it should have rung and has not, the process
 * is late by that much at least, so that a long turn is seen within itself. The least of three rings
 * in a row is what counts: one long turn is a pause and over, an overload is late again and again.
 *
 * @example
 * const lag = loopLag(nodeRuntime());
 * const isBehind = lag.at(performance.now()) > 10;
 * lag.stop();
 */
export function loopLag(
  runtime: Pick<Runtime, 'monotonic' | 'after'>,
  everyMs: number = EVERY_MS,
): LoopLag {
  let lateMs = 0;
  let beforeMs = 0;
  let leastMs = 0; // of the two before the last one
  let dueMs = 0;
  let cancel: Cancel = () => {};
  const wait = (): void => {
    dueMs = runtime.monotonic() + everyMs;
    cancel = runtime.after(everyMs, () => {
      leastMs = Math.min(beforeMs, lateMs);
      beforeMs = lateMs;
      lateMs = Math.max(0, runtime.monotonic() - dueMs);
      wait();
    });
  };
  wait();
  return {
    at: (nowMs) => Math.min(leastMs, Math.max(lateMs, nowMs - dueMs)),
    stop: () => cancel(),
  };
}

const EVERY_MS = 10;
