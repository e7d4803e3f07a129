// How is an instance written down as Eureka's InstanceInfo, and read back?
import { type Instance, type InstanceHealth, readInstance } from 'offshoot/discovery';

type Port = { readonly $: number; readonly '@enabled': 'true' | 'false' };

/** What of Eureka's JSON is read here. */
export interface InstanceInfo {
  readonly instanceId?: string;
  readonly hostName: string;
  readonly ipAddr: string;
  readonly status: string;
  readonly port?: Port;
  readonly securePort?: Port;
  readonly metadata?: Readonly<Record<string, string>>;
}

const STATUS: Readonly<Record<string, InstanceHealth>> = { UP: 'up', OUT_OF_SERVICE: 'draining' };
/** A third of the lease: what Eureka expects of its own clients. */
const BEATS_PER_LEASE = 3;
const TAG = 'tag-';
const PLAIN = { scheme: 'http', port: 80 };
const SECURE = { scheme: 'https', port: 443 };

/**
 * Eureka keeps the status of an instance that registers again as UP or OUT_OF_SERVICE and was one of
 * them before; it believes DOWN. Which of ours it is stands beside it.
 */
const statusOf = (health: InstanceHealth): string => (health === 'up' ? 'UP' : 'DOWN');

/** No time of ours is in it: the server stamps it by its own clock. */
export function instanceInfo(instance: Instance, leaseSeconds: number) {
  const { id, service, url, version, zone, weight, tags, health } = instance;
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'https:';
  const usual = (isSecure ? SECURE : PLAIN).port;
  const at = (isOn: boolean): Port => ({
    ...{ $: isOn && port !== '' ? Number(port) : usual, '@enabled': isOn ? 'true' : 'false' },
  });
  return {
    ...{ instanceId: id, app: service.toUpperCase(), vipAddress: service, homePageUrl: `${url}/` },
    ...{ hostName: hostname, ipAddr: hostname, status: statusOf(health) },
    ...{ port: at(!isSecure), securePort: at(isSecure) },
    dataCenterInfo: {
      '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo',
      name: 'MyOwn',
    },
    leaseInfo: {
      renewalIntervalInSecs: Math.max(1, Math.floor(leaseSeconds / BEATS_PER_LEASE)),
      durationInSecs: leaseSeconds,
    },
    metadata: {
      ...{ url, version, zone, weight: String(weight), health },
      ...Object.fromEntries(tags.map((tag, at) => [`${TAG}${at}`, tag])),
    },
  };
}

/** Also of an instance that Spring registered: then by address and port. */
export function readInfo(service: string, info: InstanceInfo): Instance | undefined {
  const { instanceId, hostName, ipAddr, status, port, securePort, metadata = {} } = info;
  const isSecure = securePort?.['@enabled'] === 'true';
  const { scheme, port: usual } = isSecure ? SECURE : PLAIN;
  const number = (isSecure ? securePort : port)?.$ ?? usual;
  const { url, version, zone, weight, health } = metadata;
  const tags = Object.keys(metadata).filter((name) => name.startsWith(TAG));
  return readInstance({
    ...{ id: instanceId ?? `${hostName}:${number}`, service, version, zone },
    url: url ?? `${scheme}://${ipAddr}:${number}`,
    weight: weight === undefined ? undefined : Number(weight),
    tags: tags.map((name) => metadata[name]),
    health: status === 'DOWN' && health ? health : (STATUS[status] ?? 'down'),
  });
}
