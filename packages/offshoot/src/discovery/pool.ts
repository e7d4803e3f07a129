// Which instance takes this call, of those that are there, able and near?
import { OffshootError } from '../error/index.ts';
import type { Cancel, Runtime } from '../runtime/index.ts';
import type { Balancer, Request } from './balancer.ts';
import type { View } from './directory.ts';
import { type EjectionOptions, ejection } from './ejection.ts';
import { type Endpoint, endpoint, type Outcome, type TrackedEndpoint } from './endpoint.ts';
import { type HealthCheckOptions, type HealthChecks, healthChecks } from './health-check.ts';
import type { Instance } from './instance.ts';
import { peakEwma } from './two-choices.ts';
import { inZone, type ZoneOptions } from './zone.ts';

export interface PoolOptions {
  readonly view: Pick<View, 'service' | 'instances' | 'onChange'>;
  readonly runtime: Runtime;
  /** @default peakEwma */
  readonly balancer?: Balancer;
  /** Which instances may be chosen at all: by version, by tag. @default all */
  readonly where?: (instance: Instance) => boolean;
  /** false = nobody is ejected. @default as `ejection` says */
  readonly ejection?: Omit<EjectionOptions, 'clock'> | false;
  /** @default no zone is preferred */
  readonly zone?: ZoneOptions;
  /** How long a newcomer's share grows, milliseconds; 0 = it has all at once. @default 10000 */
  readonly slowStartMs?: number;
  /** Asks each instance itself whether it is able. @default nobody is asked */
  readonly checks?: HealthCheckOptions;
  /** Below this able share of the instances all are tried: ours is the mistake, then. @default 0.5 */
  readonly panicShare?: number;
  /** How fast latencies are forgotten, milliseconds. @default 10000 */
  readonly tauMs?: number;
  /** Told when an instance is ejected. */
  readonly onEject?: (instance: Instance) => void;
}

export interface ChooseRequest extends Request {
  /** Ids of those that this call has tried. */
  readonly but?: ReadonlySet<string>;
}

/** How one instance stands in the pool. */
export interface EndpointReport {
  readonly instance: Instance;
  readonly inFlight: number;
  readonly latencyMs: number | undefined;
  readonly weight: number;
  /** `failing`: by active checks. `away`: it said so of itself, or `where` leaves it out. */
  readonly state: 'able' | 'ejected' | 'failing' | 'away';
}

export interface Pool {
  readonly service: string;
  /** One that may take the call. Throws NO_HEALTHY_INSTANCE, which names the service. */
  choose(request?: ChooseRequest): Endpoint;
  readonly report: readonly EndpointReport[];
  close(): void;
}

/**
 * The instances of one service as this process sees them: what the registry lists, less those that
 * fail (passive ejection, active checks), those of the own zone first, newcomers slowly. Each of
 * these is left out or is a piece that can be used alone. What we found out ourselves is never
 * believed against half of the instances (panic); what an instance says of itself always is.
 *
 * @example
 * const orders = pool({ view: known.of('orders'), runtime });
 * const chosen = orders.choose();
 * const end = chosen.begin();
 * end('ok');
 */
export function pool(options: PoolOptions): Pool {
  const { view, runtime, balancer = peakEwma(runtime.random), where = () => true } = options;
  const { panicShare = 0.5, slowStartMs = 10_000, tauMs = 10_000, zone, onEject } = options;
  const clock = () => runtime.monotonic();
  const outliers =
    options.ejection === false ? undefined : ejection({ ...options.ejection, clock });
  const endpoints = new Map<string, TrackedEndpoint>();
  /** Who was out at the last look: coming back is a slow start. */
  const wereOut = new Set<string>();
  let open: readonly TrackedEndpoint[] = [];
  let isFirst = true;

  const ended = (id: string, outcome: Outcome): void => {
    if (outcome === 'cancelled' || !outliers) return;
    const isOut = outliers.record(id, outcome === 'failed', open.length);
    const one = endpoints.get(id);
    if (!isOut || !one) return;
    wereOut.add(id);
    onEject?.(one.instance);
  };

  const take = (instance: Instance): void => {
    const known = endpoints.get(instance.id);
    if (known?.instance.url === instance.url) {
      known.instance = instance;
      return;
    }
    const { id } = instance;
    const made = endpoint(instance, {
      ...{ clock, tauMs, slowStartMs, onEnd: (outcome) => ended(id, outcome) },
    });
    if (!isFirst) made.warmUp();
    outliers?.forget(id);
    endpoints.set(id, made);
  };

  const refresh = (): void => {
    const listed = new Set(view.instances.map(({ id }) => id));
    for (const id of endpoints.keys())
      if (!listed.has(id)) {
        endpoints.delete(id);
        outliers?.forget(id);
        wereOut.delete(id);
      }
    for (const instance of view.instances) take(instance);
    open = [...endpoints.values()].filter(({ instance }) => isOpen(instance));
    if (listed.size > 0) isFirst = false;
  };

  const isOpen = (instance: Instance): boolean =>
    instance.health === 'up' && instance.weight > 0 && where(instance);

  const isAble = (one: TrackedEndpoint): boolean => {
    const { id } = one.instance;
    const isOut = outliers?.isEjected(id) || checks?.isFailing(id);
    if (isOut) wereOut.add(id);
    else if (wereOut.size > 0 && wereOut.delete(id)) one.warmUp();
    return !isOut;
  };

  const able = (): readonly TrackedEndpoint[] => {
    const fit = open.filter(isAble);
    return fit.length < open.length * panicShare ? open : fit;
  };

  const stateOf = (one: TrackedEndpoint): EndpointReport['state'] => {
    const { id } = one.instance;
    if (!open.includes(one)) return 'away';
    if (outliers?.isEjected(id)) return 'ejected';
    return checks?.isFailing(id) ? 'failing' : 'able';
  };

  const stop: Cancel = view.onChange(refresh);
  refresh();
  const checks: HealthChecks | undefined = options.checks
    ? healthChecks(() => open.map(({ instance }) => instance), runtime, options.checks)
    : undefined;

  return {
    service: view.service,
    choose({ but, key } = {}) {
      const fit = able();
      const left = but?.size ? fit.filter(({ instance }) => !but.has(instance.id)) : fit;
      if (left.length === 0) throw nobody(view.service, open.length, but?.size ?? 0);
      const near = zone ? inZone(left, open, zone, runtime.random) : left;
      return balancer.pick(near, { key });
    },
    get report() {
      return [...endpoints.values()].map((one) => ({
        ...{ instance: one.instance, inFlight: one.inFlight, latencyMs: one.latencyMs },
        ...{ weight: one.weight, state: stateOf(one) },
      }));
    },
    close() {
      stop();
      checks?.close();
    },
  };
}

function nobody(service: string, there: number, tried: number): OffshootError {
  const what =
    tried > 0
      ? `none of ${there} instances of ${service} answers`
      : `no instance of ${service} is up`;
  return new OffshootError('NO_HEALTHY_INSTANCE', `${what}; start one, or try again later`, {
    details: { service, instances: there },
  });
}
