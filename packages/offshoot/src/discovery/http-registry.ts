// How does a process use a registry that another one keeps?
import { OffshootError } from '../error/index.ts';
import type { Outbound, OutboundReply, Runtime } from '../runtime/index.ts';
import { readInstance } from './instance.ts';
import type { Listing, Registered, Registry, Renewal } from './registry.ts';
import { TOKEN_HEADER, WAIT_MS_MAX } from './registry-pages.ts';
import { closed, endable } from './wait.ts';

export interface HttpRegistryOptions {
  readonly runtime: Runtime;
  /** Of `registryPages`: `http://10.0.0.2:4000`. */
  readonly url: string;
  /** @default none */
  readonly bearer?: string | undefined;
  /** How long one answer may take, beside what it was asked to wait. @default 5000 */
  readonly timeoutMs?: number;
}

/** The registry at `url`, spoken to by `registryPages`' rules. */
export function httpRegistry(options: HttpRegistryOptions): Registry {
  const { runtime, url, bearer, timeoutMs = 5_000 } = options;
  const closing = new AbortController();
  const base = `${url.replace(/\/$/, '')}/v1/services`;
  const auth: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
  const place = ({ instance: { service, id } }: Pick<Registered, 'instance'>) =>
    `${base}/${service}/instances/${encodeURIComponent(id)}`;
  const holding = (registered: Registered) => ({ ...auth, [TOKEN_HEADER]: registered.token });

  const renewal = (registered: Registered): Renewal => {
    const headers = holding(registered);
    return {
      request: { method: 'POST', url: `${place(registered)}/renewal`, headers, timeoutMs },
      isRenewed(reply) {
        if (reply.status === 404 && codeOf(reply.body) === 'INSTANCE_NOT_FOUND') return false;
        expect(reply, 204);
        return true;
      },
    };
  };
  const ask = async (outbound: Outbound, ...statuses: number[]): Promise<OutboundReply> => {
    const reply = await runtime.request(outbound);
    expect(reply, ...statuses);
    return reply;
  };

  return {
    kind: 'http',
    async register(instance, leaseMs) {
      const { id: _, service: __, ...spec } = instance;
      const body = JSON.stringify({ ...spec, leaseMs });
      const headers = { ...auth, 'content-type': 'application/json' };
      const request = { method: 'PUT', url: place({ instance }), headers, body, timeoutMs };
      const granted = JSON.parse((await ask(request, 200)).body);
      return { instance, token: String(granted.token), leaseMs: Number(granted.leaseMs) };
    },
    async renew(registered) {
      const { request, isRenewed } = renewal(registered);
      return isRenewed(await runtime.request(request));
    },
    renewal,
    async deregister(registered) {
      const headers = holding(registered);
      await ask({ method: 'DELETE', url: place(registered), headers, timeoutMs }, 204);
    },
    look(service, { after, waitMs = 0, signal } = {}) {
      const wait = Math.min(waitMs, WAIT_MS_MAX);
      const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}&waitMs=${wait}`;
      const request = {
        ...{ method: 'GET', url: `${base}/${service}${query}`, headers: auth },
        timeoutMs: timeoutMs + wait,
      };
      return endable(signal, closing.signal, async (either) => {
        const reply = await ask({ ...request, signal: either }, 200, 204);
        if (closing.signal.aborted) throw closed();
        return reply.status === 204 ? undefined : listingOf(reply.body);
      });
    },
    close: () => closing.abort(),
  };
}

function expect(reply: Pick<OutboundReply, 'status' | 'body'>, ...statuses: number[]): void {
  if (statuses.includes(reply.status)) return;
  const code = codeOf(reply.body);
  const said = code === undefined ? `${reply.status}` : `${reply.status} ${code}`;
  throw new OffshootError('UNAVAILABLE', `the registry answered ${said}`, {
    details: { status: reply.status, ...(code === undefined ? {} : { code }) },
  });
}

/** The code of a problem; undefined when the body is none. */
function codeOf(body: string): string | undefined {
  try {
    const { code } = JSON.parse(body);
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}

function listingOf(body: string): Listing {
  try {
    const { revision, instances } = JSON.parse(body);
    if (typeof revision === 'string' && Array.isArray(instances))
      return {
        revision,
        instances: instances.map(readInstance).filter((one) => one !== undefined),
      };
  } catch {} // said below
  throw new OffshootError('BAD_UPSTREAM', 'what answers there is no registry');
}
