// How does the world reach a host, and learn whether it is ready?
import { gateway, type Health } from '../gateway/index.ts';
import type { Broker } from '../messaging/index.ts';
import {
  type LimitStore,
  type SharedLimiter,
  type Shedder,
  sharedLimiter,
} from '../resilience/index.ts';
import { invoke, type Transport } from '../rpc/index.ts';
import { serveHttp } from '../runtime/node/index.ts';
import { servicePrincipal } from '../security/index.ts';
import type { Reach } from '../store/index.ts';
import { newTraceparent } from '../telemetry/index.ts';
import type { Closer } from './closer.ts';
import type { HostParts } from './host-parts.ts';
import { EDGE, type Edge, type HostPlan, type Topology } from './topology.ts';
import { VERSION } from './version.ts';

export interface Listening {
  readonly url: string;
  readonly port: number;
}

type ListenParts = HostParts & {
  readonly transport: Transport;
  readonly broker: Broker;
  readonly health: Health;
  readonly shed: Shedder;
};

const PORT_MAX = 65_535;
const CUT_OFF_MS = 1_000;
const TOKEN_TYPE_DEFAULT = 'at+jwt';

/** Serves the plan's edge; undefined when it has none. Throws PORT_IN_USE. */
export async function listen(
  { limits }: Topology,
  plan: HostPlan,
  parts: ListenParts,
  closing: Closer,
): Promise<Listening | undefined> {
  const { edge, listen: place } = plan;
  if (!edge || !place) return undefined;
  const { settings, metrics, logger, flights } = parts;
  const shared = limits?.shared && sharedLimits(limits.shared(parts), parts, closing);
  const port = settings.integer('PORT', { min: 0, max: PORT_MAX }, place.port);
  const handle = gateway({
    ...parts,
    contracts: edge.contracts,
    tokens: tokensOf(edge, parts),
    document: { title: plan.name, version: VERSION, ...edge.about },
    ...(limits ? { limits: { factor: limits.factor, ...(shared ? { shared } : {}) } } : {}),
    metricsText: () => metrics.text(),
  });
  const server = await serveHttp({
    handle: flights.requests(handle),
    onBodyTooLarge: flights.requests(handle),
    port,
    ...(place.address ? { host: place.address } : {}),
    onCrash: (cause) => logger.error('request crashed', { error: String(cause) }),
  });
  closing.add(() => server.close(CUT_OFF_MS));
  return { url: server.url, port: server.port };
}

/** Says in log and metrics when this edge counts alone, and when together again. */
function sharedLimits(store: LimitStore, parts: ListenParts, closing: Closer): SharedLimiter {
  const { runtime, logger, metrics } = parts;
  const shared = sharedLimiter({
    ...{ runtime, store },
    onChange({ to, reason }) {
      const isAlone = to !== 'closed';
      metrics.gauge('offshoot_rate_limits_alone', Number(isAlone));
      if (to === 'open') logger.warn('rate limits are counted here alone, by share', { reason });
      if (!isAlone) logger.info('rate limits are counted together again');
    },
  });
  closing.add(() => shared.close());
  return shared;
}

function tokensOf(edge: Edge, parts: ListenParts) {
  const { type = TOKEN_TYPE_DEFAULT, keys, revocations, ...token } = edge.tokens;
  const ask = askAs(EDGE, parts);
  const ended = revocations && {
    ...revocations,
    ask: (since: number) => revocations.since(ask, since),
  };
  return { ...token, type, keys: () => keys(ask), ...(ended && { revocations: ended }) };
}

/** Asks queries in the name of a part of the host itself. */
function askAs(name: string, { transport, runtime }: ListenParts): Reach['ask'] {
  const caller = { transport, principal: servicePrincipal(name) };
  return (operation, input) =>
    invoke(caller, operation, input, {
      deadlineMs: operation.deadlineMs,
      correlationId: runtime.id(),
      causationId: runtime.id(),
      traceparent: newTraceparent(runtime),
    });
}
