// How does the real payment provider's logic live inside a simulated world?
import type { OutsideAdapter } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import type { Outbound, OutboundReply, Runtime } from 'offshoot/runtime';
import type { World } from 'offshoot/simulation';
import { providerAdapter } from '../services/payments/provider-http.ts';
import { type LedgerEntry, memoryLedger, provider } from '../stand-ins/provider/provider.ts';

const URL_OF_NOBODY = 'http://provider.test';

// Such a world takes ten times as long to run: a few of fifty are enough.
const OUTAGE_CHANCE = 0.005;
const OPENING_MS = 20_000;
/** Longer than a reservation lives: it expires while its order is still pending. */
const OUTAGE_MS_MIN = 16 * 60_000;
const OUTAGE_MS_MAX = 20 * 60_000;

/** When nobody reaches the provider: in some worlds, for longer than a checkout may take. */
function outage({ random, now, isCalm }: World): (at: number) => boolean {
  if (!random.chance(OUTAGE_CHANCE) || isCalm) return () => false;
  const from = now() + random.next() * OPENING_MS;
  const to = from + random.between(OUTAGE_MS_MIN, OUTAGE_MS_MAX);
  return (at) => at >= from && at < to;
}

export interface SimulatedProvider {
  readonly adapter: OutsideAdapter;
  /** Every line of the ledger, in order. */
  ledger(): readonly LedgerEntry[];
}

/** The stand-in's own logic behind the shop's own adapter; only the sockets are not there. */
export function simulatedProvider(world: World): SimulatedProvider {
  const real = provider(memoryLedger());
  const isOut = outage(world);
  const send = ({ method, url, headers, body }: Outbound): Promise<OutboundReply> =>
    new Promise((resolve, reject) => {
      if (isOut(world.now())) {
        reject(new OffshootError('UNAVAILABLE', 'nobody reaches the provider'));
        return;
      }
      const path = url.slice(URL_OF_NOBODY.length);
      const key = headers?.['idempotency-key'];
      const request = {
        method,
        path,
        at: world.now(),
        key,
        ...(body === undefined ? {} : { body }),
      };
      const reply = real.handle(request);
      world.trace.note('provider', method, path, key ?? '', reply.status, reply.body);
      world.plan(reply.delayMs, () => {
        if (reply.drop)
          reject(new OffshootError('UNAVAILABLE', 'the provider dropped the connection'));
        else resolve({ status: reply.status, headers: {}, body: reply.body });
      });
    });
  // The adapter asks its runtime for nothing but requests.
  const runtime = { request: send } as unknown as Runtime;
  return {
    adapter: providerAdapter(runtime, URL_OF_NOBODY),
    ledger() {
      const page = real.handle({ method: 'GET', path: '/ledger?limit=10000', at: world.now() });
      return (JSON.parse(page.body) as { entries: LedgerEntry[] }).entries;
    },
  };
}
