// How fast is a call from one of our processes to another, bare and with everything on?
import { httpTransport, invoke, linkTransport, type Reply, type Transport } from 'offshoot/rpc';
import { nodeDial } from 'offshoot/runtime/node';
import { newTraceparent, openSpan, spanRecorder } from 'offshoot/telemetry';
import type { Contender } from '../contender.ts';
import { serverProcess } from './process.ts';
import { caller, openTickets, question, runtime, stock, tickets } from './stock.ts';

type Mode = 'bare' | 'full';
type Way = 'link' | 'http';

const otherwise: Transport = async () => {
  throw new Error('this bench is about the link');
};

function opened(way: Way, mode: Mode, url: string) {
  const passports = mode === 'full' ? tickets : openTickets;
  if (way === 'http')
    return { transport: httpTransport({ runtime, url, passports }), close: () => {} };
  return linkTransport({ runtime, url, passports, dial: nodeDial, otherwise });
}

function bareRun(transport: Transport) {
  const ids = { correlationId: 'c', causationId: 'c', traceparent: '' };
  return async (index: number): Promise<void> => {
    const input = question(index);
    const headers = { deadlineMs: 5_000, ...ids };
    const call = { service: 'stock', operation: 'look', input, principal: caller, headers };
    const reply: Reply = await transport(call);
    if (reply.kind !== 'output') throw new Error(JSON.stringify(reply));
  };
}

/** Validated and authorised on both sides, each call a span here and one there. */
function fullRun(transport: Transport) {
  const tracer = spanRecorder();
  const around = { runtime, tracer, service: 'orders' };
  const root = newTraceparent(runtime);
  return async (index: number): Promise<void> => {
    const span = openSpan(around, 'stock.look', { correlation: 'order-7', traceparent: root });
    await invoke({ transport, principal: caller }, stock.look, question(index), {
      ...{ deadlineMs: 5_000, correlationId: 'order-7', causationId: 'request-9' },
      traceparent: span.traceparent,
    });
    span.end('ok');
  };
}

/** Calls over a link or over HTTP. */
export const offshootCalls = (way: Way, mode: Mode): Contender => ({
  name: `Offshoot ${way}, ${mode === 'full' ? 'everything on' : 'bare'}`,
  async open() {
    const server = await serverProcess('./server.ts', mode);
    const { transport, close } = opened(way, mode, server.place);
    return {
      run: mode === 'full' ? fullRun(transport) : bareRun(transport),
      async close() {
        close();
        await server.close();
      },
    };
  },
});
