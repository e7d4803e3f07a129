// Which instances of a service does a list of EndpointSlices name?
import { type Instance, readInstance } from 'offshoot/discovery';

/** What of `discovery.k8s.io/v1` is read here. */
export interface EndpointSlice {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly ports?:
    | readonly { readonly name?: string | null; readonly port?: number | null }[]
    | null;
  readonly endpoints?: readonly Endpoint[] | null;
}

interface Endpoint {
  readonly addresses: readonly string[];
  /** Left out = true, as Kubernetes says. */
  readonly conditions?: { readonly ready?: boolean | null; readonly terminating?: boolean | null };
  readonly zone?: string | null;
  readonly targetRef?: { readonly name?: string } | null;
}

/**
 * One instance for each endpoint, by its pod's name; one that two slices name, which happens while
 * Kubernetes moves it, is listed once. Terminating is draining; not ready is down.
 */
export function instancesOf(
  service: string,
  slices: readonly EndpointSlice[],
  portName: string | undefined,
): Instance[] {
  const found = new Map<string, Instance>();
  for (const { addressType, ports, endpoints } of slices) {
    const port = (ports ?? []).find(
      ({ name }) => portName === undefined || name === portName,
    )?.port;
    for (const { addresses, conditions = {}, zone, targetRef } of endpoints ?? []) {
      const [address] = addresses; // those of one endpoint are the same pod
      if (address === undefined || port === undefined || port === null) continue;
      const host = addressType === 'IPv6' ? `[${address}]` : address;
      const one = readInstance({
        ...{ id: targetRef?.name ?? `${address}:${port}`, service, zone: zone ?? '' },
        url: `http://${host}:${port}`,
        health: conditions.terminating ? 'draining' : conditions.ready === false ? 'down' : 'up',
      });
      if (one) found.set(one.id, one);
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
