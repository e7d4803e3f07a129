// How does a process stop taking requests and still answer those that it took?
import type { OutsideAdapter } from '../contract/index.ts';
import { OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../error/index.ts';
import type { Callee } from '../rpc/index.ts';
import type { HttpHandler, InboundReply, Runtime } from '../runtime/index.ts';

export interface InFlight {
  /** Counts requests; refuses them with DRAINING once closed. Probes and metrics go through. */
  requests(handler: HttpHandler): HttpHandler;
  /** Counts calls between services. */
  calls(callee: Callee): Callee;
  /** Counts calls of the outside: what went out should be written down before the process ends. */
  outside(adapter: OutsideAdapter): OutsideAdapter;
  /** From now on requests are refused. */
  close(): void;
  /** True when nothing was in flight any more before `ms` had passed. */
  idle(ms: number): Promise<boolean>;
  readonly size: number;
}

const ALWAYS_OPEN = /^\/(livez|readyz|startupz|health|metrics)\b/;

/** Counts what is in flight in one process. */
export function inFlight(runtime: Runtime): InFlight {
  let size = 0;
  let isClosed = false;
  const waiting = new Set<() => void>();

  const counted = async <T>(task: () => Promise<T>): Promise<T> => {
    size += 1;
    try {
      return await task();
    } finally {
      size -= 1;
      if (size === 0) for (const done of waiting) done();
    }
  };

  return {
    requests: (handler) => (request) => {
      if (ALWAYS_OPEN.test(request.target)) return handler(request);
      if (isClosed) return Promise.resolve(draining());
      return counted(async () => closing(await handler(request), isClosed));
    },
    calls: (callee) => (call) => counted(() => callee(call)),
    outside: (adapter) => ({
      ...(adapter.name !== undefined && { name: adapter.name }),
      ...(adapter.ask && { ask: adapter.ask.bind(adapter) }),
      call: (name, input, context) => counted(() => adapter.call(name, input, context)),
    }),
    close() {
      isClosed = true;
    },
    async idle(ms) {
      if (size === 0) return true;
      return new Promise((resolve) => {
        const end = (isIdle: boolean) => {
          waiting.delete(done);
          cancel();
          resolve(isIdle);
        };
        const done = () => end(true);
        const cancel = runtime.after(ms, () => end(false));
        waiting.add(done);
      });
    },
    get size() {
      return size;
    },
  };
}

/** The last answer on a connection says that it is the last. */
function closing(reply: InboundReply, isClosed: boolean): InboundReply {
  return isClosed ? { ...reply, headers: { ...reply.headers, connection: 'close' } } : reply;
}

function draining(): InboundReply {
  const body = problem(new OffshootError('DRAINING', 'this process is shutting down; try again'));
  const headers = { 'content-type': PROBLEM_MEDIA_TYPE, connection: 'close', 'retry-after': '1' };
  return { status: body.status, headers, body: JSON.stringify(body) };
}
