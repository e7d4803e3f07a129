// How does a configuration become routes that can serve, and what of the one before stays?
import { balancerNamed, instance, type Pool, pool } from '../discovery/index.ts';
import { OffshootError } from '../error/index.ts';
import { wheelOf } from '../resilience/index.ts';
import type { Runtime, UpstreamClient } from '../runtime/index.ts';
import type { Logger, Metrics, Tracer } from '../telemetry/index.ts';
import type { GatewayConfig, PolicyConfig, RouteConfig, ServiceConfig } from './config.ts';
import { type HeaderBook, headerBook } from './header-names.ts';
import type { Policy, PolicyKind, SecretName } from './policy.ts';
import { pathRewrite } from './rewrite.ts';
import { type RouteMatch, type RouteTable, routeTable } from './route-table.ts';
import type { Destination, RoutedService } from './routed-service.ts';
import type { RunningRoute } from './running-route.ts';

/** What is there before any configuration. */
export interface PlanParts {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** By name. */
  readonly kinds: ReadonlyMap<string, PolicyKind<never>>;
  readonly tracer: Tracer;
  readonly secret: (named: SecretName) => string;
  readonly client: UpstreamClient;
  readonly scheme: string;
}

export interface PlannedRoute extends RouteMatch, RunningRoute {
  /** An exchange begins; `ended` is told when it is over. */
  begun(): void;
}

/** What a reload hands on when it is said in the same words: connections, and what policies remember. */
interface Kept {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly services: ReadonlyMap<string, PooledService>;
}

/** One reading of the configuration. Exchanges that began with it end with it. */
export interface Plan extends Kept {
  readonly table: RouteTable<PlannedRoute>;
  /** One for all routes, because the route is not known before the lines are read. */
  readonly book: HeaderBook;
  readonly inFlight: number;
  /** Answers say `Connection: close` from now on. */
  drain(): void;
  /** Closes, once its exchanges are over, what `next` does not use. */
  retire(next: Kept | undefined): void;
}

interface PooledService {
  readonly pool: Pool;
  readonly destinations: Map<string, Destination>;
}

const TIMEOUT_MS = 5_000;
const SILENCE_MS = 60_000;
const BODY_BYTES_MAX = 1_048_576;
const NAME_LENGTH_MAX = 50;

/** Throws BAD_SETTING for what the schema cannot know: names that are none, rules that clash. */
export function plan(config: GatewayConfig, parts: PlanParts, before?: Kept): Plan {
  const policies = new Map<string, Policy>();
  const services = new Map<string, PooledService>();
  let inFlight = 0;
  let isDraining = false;
  let onEmpty: (() => void) | undefined;

  const serviceOf = (name: string, given: ServiceConfig): PooledService => {
    const id = `${name} ${JSON.stringify(given)}`;
    const made = services.get(id) ?? before?.services.get(id) ?? pooledService(name, given, parts);
    services.set(id, made);
    return made;
  };

  const targetOf = (target: string, route: RouteConfig): PooledService => {
    if (/^https?:/.test(target)) return serviceOf(nameOfAddress(target), { instances: [target] });
    const given = config.services?.[target];
    if (given) return serviceOf(target, asService(given));
    const known = Object.keys(config.services ?? {}).join(', ') || 'none is defined';
    return bad(route, `there is no service '${target}'; write an address or one of: ${known}`);
  };

  const routed = (target: string, route: RouteConfig): RoutedService => {
    const service = targetOf(target, route);
    const of = serviceConfig(config, target);
    const upstreamOf = (url: string) => destinationOf(service, url, parts.client, of);
    return { pool: service.pool, upstreamOf };
  };

  const policyOf = (given: PolicyConfig, route: RouteConfig, slot: number): Policy => {
    const [name, options] =
      typeof given === 'string' ? [given, {}] : (Object.entries(given)[0] as [string, unknown]);
    const kind = parts.kinds.get(name);
    if (!kind) return bad(route, `there is no policy '${name}'`);
    const own = nameOf(route);
    const named = kind.services?.(options as never) ?? [];
    const sent = new Map(named.map((target) => [target, routed(target, route)]));
    const service = (target: string) => sent.get(target)!;
    const theirs = named.map((target) => serviceConfig(config, target));
    const id = JSON.stringify([own, slot, name, options, theirs]);
    const context = { ...parts, route: own, slot, service };
    const made = before?.policies.get(id) ?? complete(kind.make(options as never, context));
    policies.set(id, made);
    return made;
  };

  const routeOf = (route: RouteConfig): PlannedRoute => {
    const all = [...(config.policies ?? []), ...(route.policies ?? [])];
    const { runtime, scheme } = parts;
    return {
      name: nameOf(route),
      path: route.path,
      methods: route.methods,
      host: route.host,
      upgrade: route.upgrade ?? false,
      policies: all.map((one, slot) => policyOf(one, route, slot)),
      ...routed(route.target, route),
      runtime,
      wheel: wheelOf(runtime),
      scheme,
      headers: new Set(route.headers),
      changeOrigin: route.changeOrigin ?? false,
      timeoutMs: route.timeoutMs ?? TIMEOUT_MS,
      silenceMs: route.silenceMs ?? SILENCE_MS,
      bodyBytesMax: route.bodyBytesMax ?? BODY_BYTES_MAX,
      get isDraining() {
        return isDraining;
      },
      rewrite: pathRewrite(route.pathRewrite),
      begun: () => {
        inFlight += 1;
      },
      ended: () => {
        inFlight -= 1;
        if (inFlight === 0) onEmpty?.();
      },
    };
  };

  const table = routeTable(config.routes.map(routeOf));
  return {
    table,
    policies,
    services,
    book: headerBook(config.routes.flatMap(({ headers = [] }) => headers)),
    get inFlight() {
      return inFlight;
    },
    drain: () => {
      isDraining = true;
    },
    retire(next) {
      const close = (): void => {
        for (const [id, one] of policies) if (next?.policies.get(id) !== one) one.close?.();
        for (const [id, one] of services) if (next?.services.get(id) !== one) closeService(one);
      };
      if (inFlight === 0) close();
      else onEmpty = close;
    },
  };
}

const asService = (given: ServiceConfig | readonly string[]): ServiceConfig =>
  Array.isArray(given) ? { instances: given as readonly string[] } : (given as ServiceConfig);

const serviceConfig = ({ services }: GatewayConfig, target: string): ServiceConfig =>
  asService(services?.[target] ?? [target]);

const nameOf = ({ name, path }: RouteConfig) => name ?? path;

const nameOfAddress = (url: string): string => {
  const host = new URL(url).host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `at-${host}`.slice(0, NAME_LENGTH_MAX);
};

function bad(route: RouteConfig, message: string): never {
  throw new OffshootError('BAD_SETTING', `route ${nameOf(route)}: ${message}`);
}

/** All policies have one shape, so that asking them costs the same. */
const complete = ({ name, onRequest, onResponse, onEnd, close }: Policy): Policy =>
  ({ name, onRequest, onResponse, onEnd, close }) as Policy;

function pooledService(name: string, config: ServiceConfig, { runtime }: PlanParts): PooledService {
  const instances = config.instances.map((url, index) =>
    instance({ id: `${name}-${index + 1}`, service: name, url }),
  );
  const { healthCheck: check } = config;
  const made = pool({
    view: { service: name, instances, onChange: () => () => {} },
    runtime,
    balancer: balancerNamed(config.balancer ?? 'peak-ewma', () => runtime.random()),
    ...(config.ejection === false ? { ejection: false as const } : {}),
    ...(check
      ? { checks: { path: check.path, ...(check.everyMs ? { intervalMs: check.everyMs } : {}) } }
      : {}),
  });
  return { pool: made, destinations: new Map() };
}

function destinationOf(
  { destinations }: PooledService,
  url: string,
  client: UpstreamClient,
  { connectionsMax }: ServiceConfig,
): Destination {
  const known = destinations.get(url);
  if (known) return known;
  const { origin, host, pathname } = new URL(url);
  const made = {
    origin,
    client: client({ origin, ...(connectionsMax === undefined ? {} : { connectionsMax }) }),
    host,
    base: pathname === '/' ? '' : pathname,
  };
  destinations.set(url, made);
  return made;
}

function closeService({ pool, destinations }: PooledService): void {
  pool.close();
  for (const { client } of destinations.values()) client.close();
}
