// Between whom do the calls of the transport suite go?
import assert from 'node:assert/strict';
import type { Call, Callee, Reply } from '../../rpc/index.ts';
import { servicePrincipal } from '../../security/index.ts';
import type { AskedCall, OpenTransport } from '../transport-under-test.ts';

export interface Scene {
  /** Calls `bakery.bake`. */
  ask(call?: AskedCall): Promise<Reply>;
  kill(): Promise<void>;
}

const DEADLINE_MS = 5_000;

/** A check in which `bakery` answers with `callee`. */
export const atBakery =
  (open: OpenTransport, callee: Callee, check: (scene: Scene) => Promise<void>) => async () => {
    const opened = await open({ bakery: callee });
    const ask = ({ headers, ...call }: AskedCall = {}): Promise<Reply> =>
      opened.transport({
        ...{ service: 'bakery', operation: 'bake', input: {}, principal: servicePrincipal('shop') },
        ...call,
        headers: {
          ...{ deadlineMs: DEADLINE_MS, correlationId: 'c-1', causationId: 'r-1' },
          traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
          ...headers,
        },
      });
    try {
      await check({ ask, kill: async () => opened.kill?.() });
    } finally {
      await opened.close();
    }
  };

export const output = (value: unknown): Reply => ({ kind: 'output', value, after: '' });

/** A service that answers with what it was asked with. */
export const echo: Callee = async ({ input }) => output(input);

/** A service that answers with what `look` sees of the call. */
export const seeing =
  (look: (call: Call) => unknown): Callee =>
  async (call) =>
    output(look(call));

export function outputOf(reply: Reply): any {
  assert.equal(reply.kind, 'output', JSON.stringify(reply));
  return reply.kind === 'output' && reply.value;
}

export function codeOf(reply: Reply): string {
  assert.equal(reply.kind, 'error', JSON.stringify(reply));
  return reply.kind === 'error' ? reply.error.code : '';
}
