// How are instances listed in Consul, by its agent's own checks and blocking queries?
import {
  closed,
  type Instance,
  type Listing,
  type LookOptions,
  type Registered,
  type Registry,
  type Renewal,
} from 'offshoot/discovery';
import { OffshootError } from 'offshoot/error';
import type { Outbound, OutboundReply, Runtime } from 'offshoot/runtime';
import { type HealthEntry, readEntry, serviceId, serviceRecord } from './service-record.ts';

export interface ConsulRegistryOptions {
  readonly runtime: Runtime;
  /** Of the agent beside this process: `http://127.0.0.1:8500`. */
  readonly url: string;
  /** An ACL token. @default none */
  readonly token?: string | undefined;
  /** Whose list, where it is not the agent's own. @default the agent's datacenter */
  readonly datacenter?: string | undefined;
  /**
   * The agent asks the instance, instead of the instance telling the agent: then a lease is what
   * this says, and beats only learn whether the agent still knows the instance.
   * @default a TTL check as long as the lease
   */
  readonly check?: {
    /** `/health` */
    readonly path: string;
    /** @default 10000 */
    readonly intervalMs?: number;
    /** @default 5000 */
    readonly timeoutMs?: number;
  };
  /** From critical to off the catalog; Consul looks once in 30 s. @default 60000, its least */
  readonly deregisterMs?: number;
  /** How long one answer may take, beside what it was asked to wait. @default 5000 */
  readonly timeoutMs?: number;
}

const NOT_FOUND = 404;
/** Consul adds up to a sixteenth of the wait, so that not all ask again at once. */
const LATER = 1 + 1 / 16;

/**
 * A registry in Consul: a service of the agent with one check, listed while it passes. A wait is a
 * blocking query. The agent tells the catalog in its own time: `register` and `deregister` resolve
 * when the list shows it. Two instances of one id on different agents are two; on one agent the later
 * replaces the earlier, who is not told. A beat that comes after the lease has ended lists it again,
 * as long as the agent has not taken it off.
 */
export function consulRegistry(options: ConsulRegistryOptions): Registry {
  const { runtime, token, datacenter, timeoutMs = 5_000 } = options;
  const base = `${options.url.replace(/\/$/, '')}/v1`;
  const headers: Record<string, string> = token === undefined ? {} : { 'x-consul-token': token };
  const closing = new AbortController();

  const put = (path: string, body?: unknown): Outbound => ({
    ...{ method: 'PUT', url: `${base}/${path}`, headers, timeoutMs },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

  const list = async (
    service: string,
    { after, waitMs = 0, signal }: LookOptions,
  ): Promise<Listing> => {
    const query = new URLSearchParams({ passing: '1' });
    if (datacenter !== undefined) query.set('dc', datacenter);
    if (after !== undefined) query.set('index', after);
    if (after !== undefined) query.set('wait', `${Math.max(1, Math.ceil(waitMs))}ms`);
    const signals = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    const reply = await runtime.request({
      ...{ method: 'GET', url: `${base}/health/service/${service}?${query}`, headers },
      ...{ timeoutMs: timeoutMs + waitMs * LATER, signal: signals },
    });
    const entries = JSON.parse(expected(reply).body) as readonly HealthEntry[];
    const instances = entries.map(readEntry).filter((one) => one !== undefined);
    const revision = reply.headers['x-consul-index'] ?? '';
    return { revision, instances: instances.sort((a, b) => (a.id < b.id ? -1 : 1)) };
  };

  /** Waits until the catalog has heard of it. */
  const settled = async (service: string, isSo: (found: Listing) => boolean): Promise<void> => {
    const end = runtime.monotonic() + timeoutMs;
    let after: string | undefined;
    for (let left = timeoutMs; left > 0; left = end - runtime.monotonic()) {
      const found = await list(service, { after, waitMs: Math.min(left, timeoutMs) });
      if (isSo(found)) return;
      after = found.revision;
    }
    throw new OffshootError('UNAVAILABLE', `the agent did not tell the catalog of ${service}`);
  };

  const renewal = ({ instance }: Registered): Renewal => {
    const name = encodeURIComponent(serviceId(instance));
    const request = options.check
      ? { method: 'GET', url: `${base}/agent/service/${name}`, headers, timeoutMs }
      : put(`agent/check/pass/${encodeURIComponent(checkId(instance))}`);
    return {
      request,
      isRenewed(reply) {
        if (reply.status === NOT_FOUND || isUnknown(reply)) return false;
        expected(reply);
        return true;
      },
    };
  };

  const checkOf = (instance: Instance, leaseMs: number) => {
    const deregisterMs = options.deregisterMs ?? 60_000;
    const common = {
      CheckID: checkId(instance),
      DeregisterCriticalServiceAfter: `${deregisterMs}ms`,
      Status: 'passing',
    };
    if (!options.check) return { ...common, TTL: `${leaseMs}ms` };
    const { path, intervalMs = 10_000, timeoutMs: checkMs = 5_000 } = options.check;
    return {
      ...common,
      HTTP: instance.url + path,
      Interval: `${intervalMs}ms`,
      Timeout: `${checkMs}ms`,
    };
  };

  return {
    kind: 'consul',
    async register(instance, leaseMs) {
      const record = { ...serviceRecord(instance), Check: checkOf(instance, leaseMs) };
      expected(await runtime.request(put('agent/service/register', record)));
      const said = JSON.stringify(instance);
      await settled(instance.service, ({ instances }) =>
        instances.some((one) => JSON.stringify(one) === said),
      );
      return { instance, token: '', leaseMs };
    },
    async renew(registered) {
      const { request, isRenewed } = renewal(registered);
      return isRenewed(await runtime.request(request));
    },
    renewal,
    async deregister({ instance }) {
      const { id, service } = instance;
      const path = `agent/service/deregister/${encodeURIComponent(serviceId(instance))}`;
      const reply = await runtime.request(put(path));
      if (reply.status !== NOT_FOUND) expected(reply);
      await settled(service, ({ instances }) => instances.every((one) => one.id !== id));
    },
    async look(service, asked = {}) {
      const { after, waitMs = 0, signal } = asked;
      const isKnown = after !== undefined && /^\d+$/.test(after);
      try {
        const found = await list(service, { ...asked, after: isKnown ? after : undefined, waitMs });
        return found.revision === after ? undefined : found;
      } catch (error) {
        if (closing.signal.aborted) throw closed();
        if (signal?.aborted) return undefined;
        throw error;
      }
    },
    close: () => closing.abort(),
  };
}

const checkId = (instance: Instance): string => `offshoot:${serviceId(instance)}`;

/** Older agents say so with a 500. */
const isUnknown = ({ status, body }: Pick<OutboundReply, 'status' | 'body'>): boolean =>
  status === 500 && /unknown (check|service)|does not have associated TTL/i.test(body);

function expected<R extends Pick<OutboundReply, 'status' | 'body'>>(reply: R): R {
  if (reply.status === 200) return reply;
  const said = `consul answered ${reply.status}: ${reply.body.slice(0, 200)}`;
  throw new OffshootError('UNAVAILABLE', said, { details: { status: reply.status } });
}
