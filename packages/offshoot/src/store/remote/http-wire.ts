// How is the writer of a store found and asked over HTTP, wherever it is after a restart?
import { OffshootError } from '../../error/index.ts';
import type { OutboundReply, Runtime } from '../../runtime/index.ts';
import type { Wire } from './wire.ts';

/** Where stores are served, and the secret to say there. */
export interface StorePlace {
  readonly url: string;
  readonly token: string;
}

export interface HttpWireOptions {
  readonly runtime: Runtime;
  readonly service: string;
  /**
   * Looked up at first, and after each failure: a writer that comes back is elsewhere, with
   * another secret. Undefined when there is none now.
   */
  readonly place: () => StorePlace | undefined;
}

/** A wire to a `storeDoor`. */
export function httpWire({ runtime, service, place }: HttpWireOptions): Wire {
  let known: StorePlace | undefined;
  return async ({ verb, body, timeoutMs, signal }) => {
    known ??= place();
    if (!known)
      throw new OffshootError('UNAVAILABLE', `no process serves the store of ${service} now`);
    const { url, token } = known;
    try {
      const reply = await runtime.request({
        method: 'POST',
        url: `${url}/${service}/${verb}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...{ body, timeoutMs },
        ...(signal ? { signal } : {}),
      });
      if (reply.status === 200) return reply.body;
      throw problemOf(reply, service);
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
}

function problemOf({ status, body }: OutboundReply, service: string): OffshootError {
  try {
    const { code, detail, retryable } = JSON.parse(body);
    return OffshootError.from({ code, message: String(detail), retryable: retryable === true });
  } catch {
    const message = `the writer of ${service} answered ${status} and no problem`;
    return new OffshootError('BAD_UPSTREAM', message);
  }
}
