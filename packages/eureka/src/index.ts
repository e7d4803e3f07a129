// The public names of @offshoot/eureka.
export { type EurekaRegistryOptions, eurekaRegistry } from './eureka-registry.ts';
