// How far is this process behind? In Node the event loop is a queue too, and the one nobody sees.
import type { Cancel, Runtime } from '../runtime/index.ts';

export interface LoopLag {
  /** By how much the process is late now, milliseconds. */
  at(nowMs: number): number;
  stop(): void;
}

export interface LoopLagOptions {
  /** From one ring to the next. @default 10 */
  readonly everyMs?: number;
  /**
   * The least of so many rings in a row counts. With one a long turn is seen within itself; with
   * more it is a pause and over, and only who is late again and again is behind. @default 1
   */
  readonly rings?: number;
}

/**
 * Rings every `everyMs` and sees how late it is; while it should have rung and has not, the process
 * is late by that much at least.
 *
 * @example
 * const lag = loopLag(nodeRuntime());
 * const isBehind = lag.at(performance.now()) > 10;
 * lag.stop();
 */
export function loopLag(
  runtime: Pick<Runtime, 'monotonic' | 'after'>,
  { everyMs = EVERY_MS, rings = 1 }: LoopLagOptions = {},
): LoopLag {
  /** The last ones, the newest at the end. */
  const late = new Array<number>(rings).fill(0);
  let before = rings > 1 ? 0 : Number.POSITIVE_INFINITY; // the least of all but the newest
  let dueMs = 0;
  let cancel: Cancel = () => {};
  const wait = (): void => {
    dueMs = runtime.monotonic() + everyMs;
    cancel = runtime.after(everyMs, () => {
      late.shift();
      late.push(Math.max(0, runtime.monotonic() - dueMs));
      before = Math.min(...late.slice(0, -1));
      wait();
    });
  };
  wait();
  return {
    at: (nowMs) => Math.min(before, Math.max(late[rings - 1]!, nowMs - dueMs)),
    stop: () => cancel(),
  };
}

const EVERY_MS = 10;
