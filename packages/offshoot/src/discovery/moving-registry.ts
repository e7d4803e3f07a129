// How does one use a registry that may be elsewhere after its restart?
import { OffshootError } from '../error/index.ts';
import type { Registered, Registry } from './registry.ts';

export interface MovingRegistryOptions {
  /** Where it is now; undefined when nobody knows. Asked with each question. */
  readonly find: () => string | undefined;
  /** The registry at an address: it is made once for each. */
  readonly at: (url: string) => Registry;
}

/** The registry wherever it is; away while it is nowhere. */
export function movingRegistry({ find, at }: MovingRegistryOptions): Registry {
  let url: string | undefined;
  let known: Registry | undefined;
  const now = (): Registry => {
    const found = find();
    if (found === undefined) throw new OffshootError('UNAVAILABLE', 'no registry answers now');
    if (known && url === found) return known;
    known?.close();
    url = found;
    known = at(found);
    return known;
  };
  return {
    kind: 'moving',
    register: async (instance, leaseMs) => now().register(instance, leaseMs),
    renew: async (registered) => now().renew(registered),
    renewal: (registered: Registered) => now().renewal!(registered),
    deregister: async (registered) => now().deregister(registered),
    look: async (service, options) => now().look(service, options),
    close: () => known?.close(),
  };
}
