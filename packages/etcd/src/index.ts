// The public names of @offshoot/etcd.
export { type EtcdRegistryOptions, etcdRegistry } from './etcd-registry.ts';
