// How are instances listed in etcd, with nothing but its own leases and watches?
import {
  endable,
  type Instance,
  type Listing,
  type Registered,
  type Registry,
  type Renewal,
  readInstance,
} from 'offshoot/discovery';
import { OffshootError } from 'offshoot/error';
import type { Outbound, OutboundReply, Runtime } from 'offshoot/runtime';

export interface EtcdRegistryOptions {
  readonly runtime: Runtime;
  /** Of one member, or of what stands before them: `http://10.0.0.2:2379`. */
  readonly url: string;
  /** Under which keys. @default '/offshoot/instances' */
  readonly prefix?: string;
  /** What an authentication gave, sent as it is. @default none */
  readonly authorization?: string | undefined;
  /** How long one answer may take, beside what it was asked to wait. @default 5000 */
  readonly timeoutMs?: number;
}

/**
 * A registry in etcd, by its HTTP/JSON gateway (`/v3/…`): an instance is a key under a lease of its
 * own, a list is a prefix, a revision is etcd's. A wait is a watch from that revision on, and ends
 * with its first event; so a change between two waits is never missed. Leases are whole seconds, at
 * least as long as etcd's election allows (2 s by default). An instance that another of its id
 * replaced is not told so: its lease lives on, with no key.
 */
export function etcdRegistry(options: EtcdRegistryOptions): Registry {
  const { runtime, prefix = '/offshoot/instances', authorization, timeoutMs = 5_000 } = options;
  const base = options.url.replace(/\/$/, '');
  const closing = new AbortController();
  const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };

  const posted = (path: string, body: unknown): Outbound => ({
    ...{ method: 'POST', url: `${base}/v3/${path}`, headers, timeoutMs },
    body: JSON.stringify(body),
  });
  const ask = async (path: string, body: unknown): Promise<any> =>
    answerOf(await runtime.request(posted(path, body)));

  /** The keys of a service: all that begin so. `0` follows `/`. */
  const range = (service: string) => ({
    key: base64(`${prefix}/${service}/`),
    range_end: base64(`${prefix}/${service}0`),
  });

  const list = async (service: string): Promise<Listing> => {
    const { header, kvs = [] } = await ask('kv/range', range(service));
    const instances = (kvs as { value: string }[])
      .map(({ value }) => written(value))
      .filter((one) => one !== undefined);
    return { revision: String(header.revision), instances };
  };

  /** Whether anything happened after that revision, within `waitMs`. */
  const hasChanged = async (
    service: string,
    after: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const start = String(BigInt(after) + 1n);
    const request = posted('watch', {
      create_request: { ...range(service), start_revision: start },
    });
    let isWatching = false;
    const isOver = (body: string): boolean => {
      const lines = body.split('\n').slice(0, -1); // the last one may be half
      return lines.some((line) => {
        const { result, error } = JSON.parse(line);
        isWatching ||= result?.created === true;
        // Of a store that lost its memory: it may be long until it counts so far again.
        const isBehind = BigInt(result?.header?.revision ?? after) < BigInt(after);
        return error || result?.canceled || result?.events || isBehind;
      });
    };
    try {
      await runtime.request({ ...request, timeoutMs: waitMs + LATE_MS, signal, enough: isOver });
      return true;
    } catch (error) {
      const isQuiet = error instanceof OffshootError && error.code === 'DEADLINE_EXCEEDED';
      if (isQuiet && isWatching) return false;
      throw error;
    }
  };

  const renewal = (registered: Registered): Renewal => ({
    request: posted('lease/keepalive', { ID: registered.token }),
    isRenewed: (reply) => Number(answerOf(reply).result?.TTL ?? 0) > 0,
  });

  return {
    kind: 'etcd',
    async register(instance, leaseMs) {
      const { ID, TTL } = await ask('lease/grant', { TTL: Math.ceil(leaseMs / 1_000), ID: 0 });
      const key = base64(`${prefix}/${instance.service}/${instance.id}`);
      await ask('kv/put', { key, value: base64(JSON.stringify(instance)), lease: ID });
      return { instance, token: String(ID), leaseMs: Number(TTL) * 1_000 };
    },
    async renew(registered) {
      const { request, isRenewed } = renewal(registered);
      return isRenewed(await runtime.request(request));
    },
    renewal,
    async deregister({ token }) {
      const reply = await runtime.request(posted('lease/revoke', { ID: token }));
      if (reply.status !== NOT_FOUND) answerOf(reply);
    },
    look(service, { after, waitMs = 0, signal } = {}) {
      const isNumber = after !== undefined && /^\d+$/.test(after);
      return endable(signal, closing.signal, async (either) => {
        if (isNumber && !(await hasChanged(service, after, waitMs, either))) return undefined;
        return list(service);
      });
    },
    close: () => closing.abort(),
  };
}

const NOT_FOUND = 404;
/** A watch that was asked to wait for nothing has still to be begun. */
const LATE_MS = 250;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function written(value: string): Instance | undefined {
  try {
    return readInstance(JSON.parse(Buffer.from(value, 'base64').toString()));
  } catch {
    return undefined; // somebody else's key
  }
}

function answerOf({ status, body }: Pick<OutboundReply, 'status' | 'body'>): any {
  if (status === 200) return JSON.parse(body);
  const said = body.slice(0, 200);
  throw new OffshootError('UNAVAILABLE', `etcd answered ${status}: ${said}`, {
    details: { status },
  });
}
