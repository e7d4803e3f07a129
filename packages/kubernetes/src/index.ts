// The public names of @offshoot/kubernetes.
export { type KubernetesRegistryOptions, kubernetesRegistry } from './kubernetes-registry.ts';
