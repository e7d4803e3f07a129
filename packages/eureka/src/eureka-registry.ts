// How are instances listed in Eureka, so that Spring's services and ours find each other?
import {
  closed,
  type Listing,
  polled,
  type Registered,
  type Registry,
  type Renewal,
} from 'offshoot/discovery';
import { OffshootError } from 'offshoot/error';
import type { Outbound, OutboundReply, Runtime } from 'offshoot/runtime';
import { type InstanceInfo, instanceInfo, readInfo } from './instance-info.ts';

export interface EurekaRegistryOptions {
  readonly runtime: Runtime;
  /** Of the server, with its path: `http://10.0.0.2:8761/eureka`. */
  readonly url: string;
  /** From one question to the next while somebody waits for a change, milliseconds. @default 5000 */
  readonly pollMs?: number;
  /** How long one answer may take. @default 5000 */
  readonly timeoutMs?: number;
}

const OK = 200;
const NO_CONTENT = 204;
const NOT_FOUND = 404;

/**
 * A registry in Eureka (its REST operations, version 2, as JSON). It cannot be waited on: a wait asks
 * every `pollMs`, and a server with its usual cache answers with a list of up to 30 s ago. A lease
 * ends after twice its length, which is Eureka's own, and when its server looks, once a minute by
 * default; while many leases end at once its self-preservation ends none. An instance that another
 * of its id replaced is not told so.
 */
export function eurekaRegistry(options: EurekaRegistryOptions): Registry {
  const { runtime, pollMs = 5_000, timeoutMs = 5_000 } = options;
  const base = `${options.url.replace(/\/$/, '')}/apps`;
  const closing = new AbortController();
  const headers = { accept: 'application/json', 'content-type': 'application/json' };

  const request = (method: string, path: string, body?: unknown): Outbound => ({
    ...{ method, url: `${base}/${path}`, headers, timeoutMs },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const place = ({ instance: { service, id } }: Pick<Registered, 'instance'>) =>
    `${service.toUpperCase()}/${encodeURIComponent(id)}`;

  const list = async (service: string): Promise<Listing> => {
    const reply = await runtime.request(request('GET', service.toUpperCase()));
    const { application } =
      expected(reply, OK, NOT_FOUND).status === OK ? JSON.parse(reply.body) : {};
    const found: InstanceInfo[] = [application?.instance ?? []].flat(); // one alone is no list
    const instances = found
      .map((info) => readInfo(service, info))
      .filter((one) => one !== undefined)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const sum = runtime.cryptography.sha256(JSON.stringify(instances));
    return { revision: Buffer.from(sum).toString('base64url'), instances };
  };

  const renewal = (registered: Registered): Renewal => ({
    request: request('PUT', place(registered)),
    isRenewed: (reply) => expected(reply, OK, NOT_FOUND).status === OK,
  });

  return {
    kind: 'eureka',
    async register(instance, leaseMs) {
      const seconds = Math.max(1, Math.ceil(leaseMs / 1_000));
      const body = { instance: instanceInfo(instance, seconds) };
      const reply = await runtime.request(request('POST', instance.service.toUpperCase(), body));
      expected(reply, OK, NO_CONTENT);
      return { instance, token: '', leaseMs: seconds * 1_000 };
    },
    async renew(registered) {
      const { request: outbound, isRenewed } = renewal(registered);
      return isRenewed(await runtime.request(outbound));
    },
    renewal,
    async deregister(registered) {
      expected(await runtime.request(request('DELETE', place(registered))), OK, NOT_FOUND);
    },
    look(service, asked = {}) {
      const isOver = closing.signal;
      if (isOver.aborted) return Promise.reject(closed());
      return polled(() => list(service), { runtime, pollMs, ...asked, closing: isOver });
    },
    close: () => closing.abort(),
  };
}

function expected<R extends Pick<OutboundReply, 'status' | 'body'>>(
  reply: R,
  ...statuses: number[]
): R {
  if (statuses.includes(reply.status)) return reply;
  const said = `eureka answered ${reply.status}: ${reply.body.slice(0, 200)}`;
  throw new OffshootError('UNAVAILABLE', said, { details: { status: reply.status } });
}
