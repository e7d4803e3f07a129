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

const errorReply = (error: OffshootError): Reply => ({ kind: 'error', error: error.toJSON() });

/** Services of this process by name. The deadline is kept here as on a wire. */
export function inProcess(runtime: Runtime): InProcess {
  const services = new Map<string, Callee>();
  const transport: Transport = async (call) => {
    const callee = services.get(call.service);
    if (!callee) {
      const message = `no instance of ${call.service} runs here; start it or change the topology`;
      return errorReply(new OffshootError('NO_HEALTHY_INSTANCE', message));
    }
    const { service, operation, principal, headers } = call;
    const begin = (): Promise<Reply> =>
      callee({
        service,
        operation,
        principal,
        headers: { ...headers },
        input: jsonCopy(call.input),
      });
    try {
      const what = `${service}.${operation}`;
      return jsonCopy(await inTime(runtime, headers.deadlineMs, what, begin)) as Reply;
    } catch (error) {
      return errorReply(asOffshootError(error));
    }
  };
  return {
    transport,
    register(service, callee) {
      services.set(service, callee);
      return () => services.delete(service);
    },
  };
}
