// How does a call end on time, whoever is slow?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';

export interface Deadline {
  /** Milliseconds left; never negative. What travels with a call is this, never a time of day. */
  remaining(): number;
  /** Aborts when the deadline passes or the parent aborts. */
  readonly signal: AbortSignal;
  /**
   * The task's result, or DEADLINE_EXCEEDED when time is up (or the parent aborts) first. Several
   * tasks may race the same deadline. The task is not undone.
   */
  race<T>(what: string, task: Promise<T>): Promise<T>;
  /** Forget the timer: the work is done. */
  done(): void;
}

const exceeded = (what: string) =>
  new OffshootError('DEADLINE_EXCEEDED', `${what} took too long; it may still have happened`);

/**
 * The result of one task, or DEADLINE_EXCEEDED after `ms` milliseconds: a deadline that nothing
 * else has to keep. The task is not undone.
 */
export function inTime<T>(
  runtime: Runtime,
  ms: number,
  what: string,
  begin: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = runtime.after(Math.max(0, ms), () => reject(exceeded(what)));
    const fail = (error: unknown): void => {
      cancel();
      reject(error);
    };
    try {
      begin().then((value) => {
        cancel();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * A deadline of `ms` milliseconds on the runtime's monotonic clock.
 *
 * @example
 * const limit = deadline(runtime, 100);
 * const answer = await limit.race('stock', ask());
 * limit.done();
 */
export function deadline(runtime: Runtime, ms: number, parent?: AbortSignal): Deadline {
  const end = runtime.monotonic() + ms;
  const racing = new Set<() => void>();
  let controller: AbortController | undefined; // few ask for a signal, and one costs as much as the rest
  let over = false;
  const expire = (): void => {
    over = true;
    controller?.abort();
    for (const give of racing) give();
    racing.clear();
  };
  const cancel = runtime.after(Math.max(0, ms), expire);
  if (parent?.aborted) expire();
  else parent?.addEventListener('abort', expire, { once: true });
  return {
    remaining: () => Math.max(0, end - runtime.monotonic()),
    get signal() {
      controller ??= new AbortController();
      if (over) controller.abort();
      return controller.signal;
    },
    race(what, task) {
      return new Promise((resolve, reject) => {
        const give = () => reject(exceeded(what));
        if (over) give();
        else racing.add(give);
        task.then(
          (value) => {
            racing.delete(give);
            resolve(value);
          },
          (error: unknown) => {
            racing.delete(give);
            reject(error);
          },
        );
      });
    },
    done() {
      cancel();
      parent?.removeEventListener('abort', expire);
    },
  };
}
