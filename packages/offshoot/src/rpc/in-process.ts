// How does a call reach a service in the same process and still be a call?
import { jsonCopy } from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import { inTime } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Call, Reply, Transport } from './call.ts';

export type Callee = (call: Call) => Promise<Reply>;

export interface InProcess {
  readonly transport: Transport;
  /** Puts a service behind the transport; returns how to take it away. */
  register(service: string, callee: Callee): () => void;
}

const failed = (error: unknown): Reply => ({
  kind: 'error',
  error: asOffshootError(error).toJSON(),
});

function received(reply: Reply): Reply {
  try {
    return jsonCopy(reply) as Reply;
  } catch (error) {
    return failed(error); // it is no JSON
  }
}

const abandoned = (what: string) =>
  new OffshootError('UNAVAILABLE', `the caller of ${what} gave up; it may still have happened`);

/** What `begin` resolves to, unless the caller gives up before. */
function unlessAborted<T>(signal: AbortSignal, what: string, begin: () => Promise<T>) {
  return (): Promise<T> =>
    new Promise((resolve, reject) => {
      const onAbort = () => reject(abandoned(what));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const over = () => signal.removeEventListener('abort', onAbort);
      begin().then(resolve, reject).finally(over);
    });
}

/** Services of this process by name. The deadline is kept here as on a wire. */
export function inProcess(runtime: Runtime): InProcess {
  const services = new Map<string, Callee>();
  const transport: Transport = (call) => {
    const { service, operation, principal, headers, signal } = call;
    const callee = services.get(service);
    if (!callee) {
      const message = `no instance of ${service} runs here; start it or change the topology`;
      return Promise.resolve(failed(new OffshootError('NO_HEALTHY_INSTANCE', message)));
    }
    const begin = (): Promise<Reply> =>
      callee({
        service,
        operation,
        principal,
        headers: { ...headers },
        input: jsonCopy(call.input),
        ...(signal && { signal }),
      });
    const what = `${service}.${operation}`;
    const ended = signal ? unlessAborted(signal, what, begin) : begin;
    return inTime(runtime, headers.deadlineMs, what, ended).then(received, failed);
  };
  return {
    transport,
    register(service, callee) {
      services.set(service, callee);
      return () => services.delete(service);
    },
  };
}
