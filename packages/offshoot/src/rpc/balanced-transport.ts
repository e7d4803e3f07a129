// How does a call reach whichever instance of its service is best off?
import {
  type Directory,
  type Endpoint,
  isUnsent,
  outcomeOf,
  type Pool,
  type PoolOptions,
  pool,
} from '../discovery/index.ts';
import { asOffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Call, Reply, Transport } from './call.ts';

export interface BalancedTransportOptions {
  readonly runtime: Runtime;
  readonly directory: Directory;
  /** The transport to one instance: it is made once for each, by its address. */
  readonly to: (url: string) => Transport;
  /** Balancer, ejection, zone, slow start, checks. @default as `pool` says */
  readonly pool?: Omit<PoolOptions, 'view' | 'runtime'>;
  /** Calls of one key go to one instance, where the balancer does that. @default the idempotency key */
  readonly keyOf?: (call: Call) => string | undefined;
  /** How long the first call of a service waits for a first list, milliseconds. @default 2000 */
  readonly knownMs?: number;
  /** Instances tried for one call, where nothing was sent. @default 3 */
  readonly instancesMax?: number;
}

export interface BalancedTransport {
  readonly transport: Transport;
  /** The pool of a service, with how each instance does; made when it is first asked for. */
  pool(service: string): Pool;
  close(): void;
}

/**
 * Calls to services that the directory knows, each to one instance of its pool. An instance that
 * could not be reached, or that drains, has done nothing: the same call goes to another one, and
 * nothing else is ever sent twice. Nobody there: NO_HEALTHY_INSTANCE.
 */
export function balancedTransport(options: BalancedTransportOptions): BalancedTransport {
  const { runtime, directory, to, knownMs = 2_000, instancesMax = 3 } = options;
  const { keyOf = ({ headers }) => headers.idempotencyKey } = options;
  const pools = new Map<string, Pool>();
  const transports = new WeakMap<Endpoint, Transport>();

  const poolOf = (service: string): Pool => {
    const view = directory.of(service);
    const made = pools.get(service) ?? pool({ ...options.pool, view, runtime });
    pools.set(service, made);
    return made;
  };

  const transportOf = (endpoint: Endpoint): Transport => {
    const made = transports.get(endpoint) ?? to(endpoint.instance.url);
    transports.set(endpoint, made);
    return made;
  };

  const attempt = async (endpoint: Endpoint, call: Call): Promise<Reply> => {
    const end = endpoint.begin();
    const reply = await transportOf(endpoint)(call);
    const isGivenUp = call.signal?.aborted;
    if (reply.kind !== 'error') end('ok');
    else end(isGivenUp ? 'cancelled' : outcomeOf(reply.error.code));
    return reply;
  };

  const ask = async (call: Call): Promise<Reply> => {
    const begun = runtime.monotonic();
    const left = () => call.headers.deadlineMs - (runtime.monotonic() - begun);
    const instances = poolOf(call.service);
    await directory.of(call.service).known(Math.min(knownMs, left()));
    const but = new Set<string>();
    let last: Reply | undefined;
    while (but.size < instancesMax && !call.signal?.aborted) {
      const chosen = choose(instances, { key: keyOf(call), but }, last);
      if ('kind' in chosen) return chosen;
      const headers = { ...call.headers, deadlineMs: left() };
      last = await attempt(chosen, but.size === 0 ? call : { ...call, headers });
      if (last.kind !== 'error' || !isUnsent(last.error)) return last;
      but.add(chosen.instance.id);
    }
    return last ?? failed(new Error('the caller gave the call up'));
  };

  return {
    transport: (call) => ask(call).catch(failed),
    pool: poolOf,
    close() {
      for (const one of pools.values()) one.close();
    },
  };
}

const failed = (error: unknown): Reply => ({
  kind: 'error',
  error: asOffshootError(error).toJSON(),
});

/** Another instance; when there is none any more, what the last one said is the answer. */
function choose(
  instances: Pool,
  request: Parameters<Pool['choose']>[0],
  last: Reply | undefined,
): Endpoint | Reply {
  try {
    return instances.choose(request);
  } catch (error) {
    return last ?? failed(error);
  }
}
