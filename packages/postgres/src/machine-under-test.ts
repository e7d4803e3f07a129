// How long was this machine busy with something else, so that nobody here could run?
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import pg from 'pg';

const TICK_MS = 5;
const PING_MS = 20;
/** What comes so late is worth a note. */
const LATE_MS = 2;

/** From when to when somebody waited for the processor or the database's answer; milliseconds of one clock. */
type Wait = readonly [from: number, to: number];

export const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export interface Starvation {
  /** Milliseconds between two times in which a thread that does nothing, or a `SELECT 1`, was held up. */
  between(from: number, to: number): number;
  readonly longestMs: number;
}

/** Timers of an idle thread that ring late, noted by whoever calls it. */
function lateTicks(): Wait[] {
  const waits: Wait[] = [];
  let before = clockMs();
  setInterval(() => {
    const now = clockMs();
    if (now - before > TICK_MS + LATE_MS) waits.push([before + TICK_MS, now]);
    before = now;
  }, TICK_MS).unref();
  return waits;
}

function starvation(kinds: readonly (readonly Wait[])[]): Starvation {
  const shared = (waits: readonly Wait[], from: number, to: number) =>
    waits.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
  return {
    between: (from, to) => Math.max(0, ...kinds.map((waits) => shared(waits, from, to))),
    longestMs: Math.max(0, ...kinds.flat().map(([from, to]) => to - from)),
  };
}

/** Watches from a thread of its own until it is asked. */
export function watchMachine(url: string): () => Promise<Starvation> {
  const worker = new Worker(new URL(import.meta.url), { workerData: url });
  return () =>
    new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (kinds: Wait[][]) => {
        void worker.terminate();
        resolve(starvation(kinds));
      });
      worker.postMessage('over');
    });
}

/** The same of the thread that calls it: what held up this thread, its own work too. */
export function watchThread(): () => Starvation {
  const waits = lateTicks();
  return () => starvation([waits]);
}

async function watch(url: string): Promise<void> {
  const late = lateTicks();
  const slow: Wait[] = [];
  parentPort!.once('message', () => parentPort!.postMessage([late, slow]));
  const client = new pg.Client(url);
  await client.connect();
  for (;;) {
    const asked = clockMs();
    await client.query('SELECT 1');
    const answered = clockMs();
    if (answered - asked > LATE_MS) slow.push([asked, answered]);
    await new Promise((resolve) => setTimeout(resolve, PING_MS));
  }
}

if (!isMainThread && typeof workerData === 'string') await watch(workerData);
