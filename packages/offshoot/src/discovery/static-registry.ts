// Who is where when nobody moves: what a topology or a setting says.

import type { Runtime } from '../runtime/index.ts';
import { checkService, type Instance, type InstanceSpec, instance } from './instance.ts';
import type { Listing, Registry } from './registry.ts';
import { runtimeWait } from './wait.ts';

export interface StaticRegistryOptions {
  readonly runtime: Runtime;
  /** Addresses, or instances, by service. */
  readonly services: Readonly<Record<string, readonly (string | Omit<InstanceSpec, 'service'>)[]>>;
}

/**
 * A registry that never changes. It takes registrations and lists nothing of them: the list was
 * written by a person. A service that is not in it has an empty list.
 *
 * @example
 * const registry = staticRegistry({ runtime, services: { orders: ['http://10.0.0.7:3001'] } });
 * (await registry.look('orders'))?.instances[0]?.url; // 'http://10.0.0.7:3001'
 */
export function staticRegistry({ runtime, services }: StaticRegistryOptions): Registry {
  const lists = new Map<string, Listing>();
  for (const [service, given] of Object.entries(services)) {
    checkService(service);
    const instances = given.map((one) => written(service, one));
    lists.set(service, { revision: '1', instances });
  }
  const closing = new AbortController();
  return {
    kind: 'static',
    register: async (registered, leaseMs) => ({ instance: registered, token: '', leaseMs }),
    renew: async () => true,
    deregister: async () => {},
    async look(service, { after, waitMs = 0, signal } = {}) {
      const listing = lists.get(service) ?? { revision: '1', instances: [] };
      if (after !== listing.revision) return listing;
      await runtimeWait(runtime, waitMs, [signal, closing.signal]);
      return undefined;
    },
    close: () => closing.abort(),
  };
}

function written(service: string, given: string | Omit<InstanceSpec, 'service'>): Instance {
  if (typeof given !== 'string') return instance({ ...given, service });
  return instance({
    id: given.replace(/^https?:\/\//, '').replaceAll('/', '-'),
    service,
    url: given,
  });
}
