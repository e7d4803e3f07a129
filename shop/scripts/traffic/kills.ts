// How are the shop's processes killed in the worst moment, so that it hurts where it should?
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../client/http-client.ts';
import type { PayingSagas } from '../evidence/paying-sagas.ts';
import { type Victims, victims } from './victims.ts';

/** One kill, with what was under way at that moment. */
export interface Kill {
  /** Of the topology; `shop` where it is the only one. */
  readonly host: string;
  readonly pid: number;
  readonly requestsInFlight: number;
  /** Sagas whose money is held but whose order is not confirmed. */
  readonly sagasPastAuthorise: number;
  readonly backAfterMs: number;
}

export interface KillOptions {
  readonly kills: number;
  readonly orders: number;
  readonly data: string;
  readonly http: HttpClient;
  /** Closed with the killer. */
  readonly paying: PayingSagas;
  readonly inFlightMin: number;
  readonly sagasMin: number;
  acknowledged(): number;
  onKill(kill: Kill): void;
}

export interface Killer {
  readonly kills: readonly Kill[];
  /** Whether it waits for a moment that is bad enough. */
  readonly isDue: boolean;
  /** Resolves when it looks no more. */
  stop(): Promise<void>;
}

const LOOK_MS = 2;
const BACK_MS_MAX = 60_000;
const BACK_LOOK_MS = 20;

/**
 * Kills (SIGKILL) the shop so many times, its hosts in turn, spread over the run, each time at a
 * moment with enough requests in flight and enough sagas between authorise and confirm. A moment
 * that never comes is a kill that never happens: the caller compares.
 */
export function killer(options: KillOptions): Killer {
  const { data, http, paying, kills: wanted, orders } = options;
  const done: Kill[] = [];
  const alive = victims(data);
  const stopping = new AbortController();

  /** Strikes in the turn of the event loop in which it knows: what was counted is what is hit. */
  const strike = async (): Promise<Omit<Kill, 'backAfterMs'> | undefined> => {
    if (http.inFlight < options.inFlightMin) return undefined;
    const sagasPastAuthorise = await paying.count();
    const requestsInFlight = http.inFlight;
    if (requestsInFlight < options.inFlightMin) return undefined;
    const host = alive.hosts[done.length % alive.hosts.length]!;
    const pid = alive.pid(host);
    if (pid === undefined || sagasPastAuthorise < options.sagasMin) return undefined;
    return kill(pid) ? { host, pid, requestsInFlight, sagasPastAuthorise } : undefined;
  };

  let isDue = false;
  const watch = async (): Promise<void> => {
    while (done.length < wanted && !stopping.signal.aborted) {
      isDue = options.acknowledged() >= ((done.length + 1) * orders) / (wanted + 1);
      const struck = isDue ? await strike() : undefined;
      if (struck) {
        isDue = false;
        const since = performance.now();
        await back(http, alive, struck);
        const made = { ...struck, backAfterMs: Math.round(performance.now() - since) };
        done.push(made);
        options.onKill(made);
      }
      await sleep(LOOK_MS);
    }
  };

  const watching = watch().finally(() => paying.close());
  return {
    kills: done,
    get isDue() {
      return isDue;
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it died by itself, and is being started again
  }
}

/** Resolves when another process answers in its place, or after 60 s. */
async function back(
  http: HttpClient,
  alive: Victims,
  { host, pid }: Pick<Kill, 'host' | 'pid'>,
): Promise<void> {
  const deadline = performance.now() + BACK_MS_MAX;
  while (performance.now() < deadline) {
    const now = alive.pid(host);
    const isBack =
      now !== undefined && now !== pid && (await http.send('GET', '/readyz')).status === 200;
    if (isBack) return;
    await sleep(BACK_LOOK_MS);
  }
}
