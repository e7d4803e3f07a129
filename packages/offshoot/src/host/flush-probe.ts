// How long does this machine's disk take to keep something, before anybody waits for it?
import type { Runtime } from '../runtime/index.ts';
import type { Folder } from '../runtime/node/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';

const FLUSHES = 40;
const FILE = 'flush-probe.tmp'; // no store: who looks for stores looks for .db
/** Every store of a host flushes in turn: slower than this, and a busy turn is felt. */
const SLOW_MS = 10;

export interface FlushTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface FlushProbeContext {
  readonly runtime: Runtime;
  readonly folder: Folder;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Flushes a file of its own in the data folder 40 times, one a turn, as a store would, and writes to
 * the log how long it took: `slow disk` as a warning when p99 is over 10 ms. Never rejects.
 */
export async function probeFlush(context: FlushProbeContext): Promise<FlushTimes | undefined> {
  const { logger, metrics } = context;
  try {
    const times = (await flushTimes(context)).sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]! * 100) / 100;
    const found = { p50Ms: at(0.5), p99Ms: at(0.99) };
    if (found.p99Ms > SLOW_MS) logger.warn('slow disk', { flush: FLUSHES, ...found });
    else logger.info('flush', { ...found });
    metrics.gauge('offshoot_boot_flush_p99_seconds', found.p99Ms / 1_000);
    return found;
  } catch (error) {
    logger.warn('the flush could not be measured', { error: String(error) });
    return undefined;
  }
}

async function flushTimes({ runtime, folder }: FlushProbeContext): Promise<number[]> {
  const database = runtime.openDatabase(folder.at(FILE));
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('CREATE TABLE IF NOT EXISTS probe (n INTEGER PRIMARY KEY, text TEXT)');
    const insert = database.prepare('INSERT INTO probe (text) VALUES (?)');
    const times: number[] = [];
    for (let n = 0; n < FLUSHES; n += 1) {
      await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
      const begun = runtime.monotonic();
      insert.run('x'.repeat(500));
      times.push(runtime.monotonic() - begun);
    }
    return times;
  } finally {
    database.close();
    for (const part of ['', '-wal', '-shm']) folder.remove(`${FILE}${part}`);
  }
}
