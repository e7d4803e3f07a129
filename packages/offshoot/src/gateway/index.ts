// The public names of offshoot/gateway.
export { type GatewayOptions, gateway } from './gateway.ts';
export type { Health, HealthEntry, HealthReport, HealthStatus } from './health-pages.ts';
export { type Identify, identity, type Rights, type TokenOptions } from './identity.ts';
export { type JwksOptions, jwks } from './jwks.ts';
export type { KeySource, PublicKey } from './key-set.ts';
export { type MountOptions, mount } from './mount.ts';
export type { Revocation, RevocationOptions, RevocationPage } from './revocations.ts';
