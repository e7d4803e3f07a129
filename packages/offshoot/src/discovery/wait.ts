// How does a watch wait, so that both its caller and the end of the registry can end it?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Listing, LookOptions } from './registry.ts';

/** What a wait is told when the registry is closed under it. */
export const closed = (): OffshootError =>
  new OffshootError('DRAINING', 'the registry is closed; nothing more will be heard of it');

/**
 * Asks with one signal that both the caller and the end of the registry abort. Undefined when the
 * caller ended it. @throws DRAINING when the registry was closed under it; else what `ask` throws.
 */
export async function endable<T>(
  signal: AbortSignal | undefined,
  closing: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await ask(signal ? AbortSignal.any([signal, closing]) : closing);
  } catch (error) {
    if (closing.aborted) throw closed();
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** Waits `ms`; resolves early, too, when one of the signals aborts. */
export function runtimeWait(
  runtime: Runtime,
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signals.some((signal) => signal?.aborted)) return resolve();
    const over = () => {
      cancel();
      for (const signal of signals) signal?.removeEventListener('abort', over);
      resolve();
    };
    const cancel = runtime.after(ms, over);
    for (const signal of signals) signal?.addEventListener('abort', over, { once: true });
  });
}

export interface PollingOptions extends LookOptions {
  readonly runtime: Runtime;
  /** Milliseconds from one answer to the next question. */
  readonly pollMs: number;
  readonly closing: AbortSignal;
}

/** `look` over a registry that can only be asked, not waited on: asks until the list is another. */
export async function polled(
  read: () => Promise<Listing>,
  { runtime, pollMs, after, waitMs = 0, signal, closing }: PollingOptions,
): Promise<Listing | undefined> {
  const end = runtime.monotonic() + waitMs;
  for (;;) {
    const listing = await read();
    if (listing.revision !== after) return listing;
    const left = end - runtime.monotonic();
    if (left <= 0 || signal?.aborted) return undefined;
    await runtimeWait(runtime, Math.min(pollMs, left), [signal, closing]);
    if (closing.aborted) throw closed();
  }
}
