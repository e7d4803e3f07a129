// The public names of @offshoot/consul.
export { type ConsulRegistryOptions, consulRegistry } from './consul-registry.ts';
