// The public names of offshoot/discovery.
export { type Directory, type DirectoryOptions, directory, type View } from './directory.ts';
export {
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  type Holding,
} from './embedded-registry.ts';
export { type HttpRegistryOptions, httpRegistry } from './http-registry.ts';
export {
  checkService,
  type Instance,
  type InstanceHealth,
  type InstanceSpec,
  instance,
  readInstance,
} from './instance.ts';
export { type Presence, type PresenceOptions, type PresenceState, presence } from './presence.ts';
export type { Listing, LookOptions, Registered, Registry, Renewal } from './registry.ts';
export { type RegistryPagesOptions, registryPages } from './registry-pages.ts';
export { type StaticRegistryOptions, staticRegistry } from './static-registry.ts';
export { closed, type PollingOptions, polled } from './wait.ts';
