// The public names of offshoot/gateway.
export { type GatewayOptions, gateway } from './gateway.ts';
export type { Health, HealthEntry, HealthReport, HealthStatus } from './health-pages.ts';
export type { TokenOptions } from './identity.ts';
export type { PublicKey } from './key-set.ts';
export { type MountOptions, mount } from './mount.ts';
