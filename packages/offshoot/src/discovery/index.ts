// The public names of offshoot/discovery.
export type { Balancer, Random, Request } from './balancer.ts';
export { balancerNamed } from './balancers.ts';
export { type ConsistentHashOptions, consistentHash } from './consistent-hash.ts';
export { type Directory, type DirectoryOptions, directory, type View } from './directory.ts';
export { type Ejection, type EjectionOptions, ejectedMax, ejection } from './ejection.ts';
export {
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  type Holding,
} from './embedded-registry.ts';
export type { Endpoint, Outcome } from './endpoint.ts';
export { type FailoverOptions, failover, isUnsent, outcomeOf } from './failover.ts';
export { type HealthCheckOptions, type HealthChecks, healthChecks } from './health-check.ts';
export { type HttpRegistryOptions, httpRegistry } from './http-registry.ts';
export { random, roundRobin } from './in-turn.ts';
export {
  checkService,
  type Instance,
  type InstanceHealth,
  type InstanceSpec,
  instance,
  readInstance,
} from './instance.ts';
export { type MovingRegistryOptions, movingRegistry } from './moving-registry.ts';
export {
  type ChooseRequest,
  type EndpointReport,
  type Pool,
  type PoolOptions,
  pool,
} from './pool.ts';
export { type Presence, type PresenceOptions, type PresenceState, presence } from './presence.ts';
export type { Listing, LookOptions, Registered, Registry, Renewal } from './registry.ts';
export { type RegistryPagesOptions, registryPages } from './registry-pages.ts';
export { split } from './split.ts';
export { type StaticRegistryOptions, staticRegistry } from './static-registry.ts';
export { leastInFlight, peakEwma } from './two-choices.ts';
export { closed, endable, type PollingOptions, polled, runtimeWait } from './wait.ts';
export { inZone, type ZoneOptions } from './zone.ts';
