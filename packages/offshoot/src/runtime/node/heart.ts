// Who sends a process's heartbeats while its thread is busy?
import { Worker } from 'node:worker_threads';
import type { Heartbeat } from '../heartbeat.ts';
import type { Cancel } from '../runtime.ts';

/** What the thread of the heart is told. */
export type HeartOrder =
  | (Pick<Heartbeat, 'request' | 'everyMs' | 'stallMsMax'> & { readonly start: number })
  | { readonly stop: number };

/** What it says. */
export interface HeartReply {
  readonly beat: number;
  readonly reply?: { readonly status: number; readonly body: string };
  readonly error?: string;
}

/** How often this thread shows that it lives. */
const PULSE_MS = 200;
const RESTART_MS = 1_000;
/** It sends small requests and keeps nothing. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

const beats = new Map<number, Heartbeat>();
const pulse = new Int32Array(new SharedArrayBuffer(4));
let worker: Worker | undefined;
let pulsing: NodeJS.Timeout | undefined;
let last = 0;

/**
 * Begins a heartbeat: the first after `everyMs`. All of a process share one small thread, which ends
 * with the last of them and keeps no process alive. It knows of this thread only whether a counter
 * still grows.
 */
export function heart(heartbeat: Heartbeat): Cancel {
  last += 1;
  const beat = last;
  beats.set(beat, heartbeat);
  if (worker) tell(worker, beat, heartbeat);
  else start();
  pulsing ??= setInterval(() => Atomics.add(pulse, 0, 1), PULSE_MS).unref();
  return () => {
    if (!beats.delete(beat)) return;
    worker?.postMessage({ stop: beat } satisfies HeartOrder);
    if (beats.size > 0) return;
    clearInterval(pulsing);
    pulsing = undefined;
    void worker?.terminate();
    worker = undefined;
  };
}

function start(): void {
  const begun = new Worker(new URL('./heart-thread.ts', import.meta.url), {
    ...{ workerData: pulse, resourceLimits: LIMITS, env: {}, execArgv: [], stderr: true },
  });
  begun.on('message', ({ beat, reply, error }: HeartReply) => {
    const answer = reply ?? new Error(error ?? 'no answer');
    beats.get(beat)?.onReply(answer);
  });
  begun.once('error', (cause) => {
    if (worker !== begun) return;
    worker = undefined;
    for (const { onReply } of beats.values()) onReply(cause as Error);
    setTimeout(() => {
      if (!worker && beats.size > 0) start();
    }, RESTART_MS).unref();
  });
  begun.unref(); // after the listeners, which hold it again
  worker = begun;
  for (const [beat, heartbeat] of beats) tell(begun, beat, heartbeat);
}

function tell(to: Worker, beat: number, { request, everyMs, stallMsMax }: Heartbeat): void {
  const { signal: _, ...plain } = request; // a signal cannot go to another thread
  to.postMessage({ start: beat, request: plain, everyMs, stallMsMax } satisfies HeartOrder);
}
