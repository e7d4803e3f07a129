// Does an instance itself say that it is able, when it is asked?
import type { Runtime } from '../runtime/index.ts';
import type { Instance } from './instance.ts';

export interface HealthCheckOptions {
  /** @default '/readyz' */
  readonly path?: string;
  /** From one round to the next, milliseconds. @default 10000 */
  readonly intervalMs?: number;
  /** @default 2000 */
  readonly timeoutMs?: number;
  /** Bad answers in a row that make it failing. @default 2 */
  readonly failuresMax?: number;
  /** Good answers in a row that make it able again. @default 2 */
  readonly successesMin?: number;
  /** Questions at once. @default 8 */
  readonly concurrency?: number;
}

export interface HealthChecks {
  /** Nobody who has not been asked is failing. */
  isFailing(id: string): boolean;
  close(): void;
}

interface Standing {
  isFailing: boolean;
  /** Answers in a row that speak against `isFailing`. */
  against: number;
}

const OK_MIN = 200;
const OK_MAX = 299;

/**
 * Asks each instance in rounds, `GET` of one page, 2xx is able. One timer, however many instances;
 * a round ends before the next begins.
 */
export function healthChecks(
  instances: () => readonly Instance[],
  runtime: Runtime,
  options: HealthCheckOptions = {},
): HealthChecks {
  const { path = '/readyz', intervalMs = 10_000, timeoutMs = 2_000 } = options;
  const { failuresMax = 2, successesMin = 2, concurrency = 8 } = options;
  const standings = new Map<string, Standing>();
  const closing = new AbortController();

  const heard = (id: string, isGood: boolean): void => {
    const one = standings.get(id) ?? { isFailing: false, against: 0 };
    standings.set(id, one);
    if (isGood !== one.isFailing) one.against = 0;
    else {
      one.against += 1;
      if (one.against < (one.isFailing ? successesMin : failuresMax)) return;
      one.isFailing = !one.isFailing;
      one.against = 0;
    }
  };

  const ask = async ({ id, url }: Instance): Promise<void> => {
    const request = { method: 'GET', url: url + path, timeoutMs, signal: closing.signal };
    const isGood = await runtime.request(request).then(
      ({ status }) => status >= OK_MIN && status <= OK_MAX,
      () => false,
    );
    if (!closing.signal.aborted) heard(id, isGood);
  };

  const round = async (): Promise<void> => {
    const left = [...instances()];
    const listed = new Set(left.map(({ id }) => id));
    for (const id of standings.keys()) if (!listed.has(id)) standings.delete(id);
    const asker = async (): Promise<void> => {
      for (let one = left.pop(); one && !closing.signal.aborted; one = left.pop()) await ask(one);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, left.length) }, asker));
    // Spread by a tenth, so that callers that began together do not ask together for ever.
    const pause = intervalMs * (0.95 + runtime.random() / 10);
    if (!closing.signal.aborted) cancel = runtime.after(pause, () => void round());
  };
  let cancel = runtime.after(runtime.random() * intervalMs, () => void round());

  return {
    isFailing: (id) => standings.get(id)?.isFailing ?? false,
    close() {
      closing.abort();
      cancel();
    },
  };
}
