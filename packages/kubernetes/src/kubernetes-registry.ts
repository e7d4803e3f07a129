// How are pods found that Kubernetes itself lists? By watching EndpointSlices.
import { endable, type Listing, type Registry } from 'offshoot/discovery';
import { OffshootError } from 'offshoot/error';
import type { OutboundReply, Runtime } from 'offshoot/runtime';
import { type EndpointSlice, instancesOf } from './endpoint-slice.ts';

export interface KubernetesRegistryOptions {
  readonly runtime: Runtime;
  /** Of the API server, reached without a certificate of ours: `kubectl proxy`, or a sidecar. */
  readonly url: string;
  readonly namespace: string;
  /** The service account's token, read anew for each request: it is replaced. @default none */
  readonly token?: () => string | undefined;
  /** Which port of a service. @default its first */
  readonly portName?: string;
  /** How long one answer may take, beside what it was asked to wait. @default 5000 */
  readonly timeoutMs?: number;
}

const GONE = 410;

/**
 * Experimental: shown on recorded answers, not on an API server yet. Kubernetes lists pods itself, by
 * their readiness probes, so registering, renewing and leaving do nothing here. A revision is the
 * list's resourceVersion; a wait is a watch from there on, and ends with its first event.
 */
export function kubernetesRegistry(options: KubernetesRegistryOptions): Registry {
  const { runtime, namespace, token, portName, timeoutMs = 5_000 } = options;
  const closing = new AbortController();
  const base = `${options.url.replace(/\/$/, '')}/apis/discovery.k8s.io/v1`;
  const ask = (service: string, query: Record<string, string>, more: object) => {
    const word = token?.();
    const search = new URLSearchParams({
      labelSelector: `kubernetes.io/service-name=${service}`,
      ...query,
    });
    return runtime.request({
      ...{ method: 'GET', timeoutMs },
      url: `${base}/namespaces/${encodeURIComponent(namespace)}/endpointslices?${search}`,
      headers: { accept: 'application/json', ...(word && { authorization: `Bearer ${word}` }) },
      ...more,
    });
  };

  const list = async (service: string, signal: AbortSignal): Promise<Listing> => {
    const reply = await ask(service, {}, { signal });
    const { metadata, items } = JSON.parse(expected(reply).body);
    const instances = instancesOf(service, items as EndpointSlice[], portName);
    return { revision: String(metadata.resourceVersion), instances };
  };

  /** The server ends a watch by itself after whole seconds; an event ends it at once. */
  const hasChanged = async (
    service: string,
    after: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    const query = { watch: '1', resourceVersion: after, timeoutSeconds: String(seconds) };
    const reply = await ask(service, query, {
      ...{ signal, timeoutMs: timeoutMs + seconds * 1_000 },
      enough: (body: string) => body.includes('\n'),
    });
    if (reply.status === GONE) return true;
    return expected(reply).body.trim() !== '';
  };

  return {
    kind: 'kubernetes',
    register: async (instance, leaseMs) => ({ instance, token: '', leaseMs }),
    renew: async () => true,
    deregister: async () => {},
    look(service, { after, waitMs = 0, signal } = {}) {
      return endable(signal, closing.signal, async (either) => {
        const isSame = after !== undefined && !(await hasChanged(service, after, waitMs, either));
        return isSame ? undefined : list(service, either);
      });
    },
    close: () => closing.abort(),
  };
}

function expected<R extends Pick<OutboundReply, 'status' | 'body'>>(reply: R): R {
  if (reply.status === 200) return reply;
  const said = `kubernetes answered ${reply.status}: ${reply.body.slice(0, 200)}`;
  throw new OffshootError('UNAVAILABLE', said, { details: { status: reply.status } });
}
