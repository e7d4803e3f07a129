// How is an instance written down as a service of Consul, and read back?
import { type Instance, instance, readInstance } from 'offshoot/discovery';

/** What `/v1/health/service/{name}` says of one instance. */
export interface HealthEntry {
  readonly Node: { readonly Address: string };
  readonly Service: {
    readonly ID: string;
    readonly Service: string;
    readonly Address: string;
    readonly Port: number;
    readonly Tags: readonly string[] | null;
    readonly Meta: Readonly<Record<string, string>> | null;
  };
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** What an agent knows an instance by: it has one space of ids for all services. */
export const serviceId = ({ service, id }: Pick<Instance, 'service' | 'id'>): string =>
  `${service}:${id}`;

/** What no field of Consul's own has is in its `Meta`. */
export function serviceRecord(one: Instance) {
  const { id, service, url, tags, ...more } = one;
  const { protocol, hostname, port } = new URL(url);
  const { version, zone, weight, health } = more;
  return {
    ...{ ID: serviceId(one), Name: service, Tags: tags, Address: hostname.replace(/^\[|\]$/g, '') },
    Port: port === '' ? (protocol === 'https:' ? HTTPS_PORT : HTTP_PORT) : Number(port),
    Meta: { id, url, version, zone, weight: String(weight), health },
  };
}

/** Also of a service that others registered: then by address and port, and `Meta.version`. */
export function readEntry({ Node, Service }: HealthEntry): Instance | undefined {
  const { ID, Service: service, Port, Tags, Meta } = Service;
  const { id = ID, url, version, zone, weight, health } = Meta ?? {};
  const host = Service.Address || Node.Address;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${Port}`;
  const found = readInstance({
    ...{ id, service, url: url ?? address, version, zone, tags: Tags ?? [] },
    ...{ health: health || undefined, weight: weight === undefined ? undefined : Number(weight) },
  });
  return found && instance(found);
}
