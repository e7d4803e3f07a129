// Who gets into a process by the door of calls, and who is told to go away?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixed, shedder } from '../resilience/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { servicePrincipal } from '../security/index.ts';
import { testPassports } from '../testing/index.ts';
import { callDoor, type ForeignCall } from './index.ts';

const runtime = nodeRuntime();
const { passports, control } = testPassports(runtime);
const ids = { correlationId: 'c', causationId: 'c', traceparent: '' };

const call = (more: Partial<ForeignCall['headers']> = {}): ForeignCall => ({
  ...{ service: 's', operation: 'o', input: 1, signal: undefined },
  passport: passports(servicePrincipal('edge'), 's'),
  headers: { deadlineMs: 1_000, ...ids, ...more },
});

test('while the process is late only the critical get in, and nobody else is asked who he is', async () => {
  const late = { ms: 0 };
  const lag = { at: () => late.ms, stop: () => {} };
  const shed = shedder({ name: 'host', runtime, limit: fixed(10), waitingMax: 0, lag });
  let asked = 0;
  const door = callDoor({
    ...{ runtime, shed },
    control: (passport, audience) => {
      asked += 1;
      return control(passport, audience);
    },
    callee: () => async () => ({ kind: 'output', value: 1, after: '' }),
  });
  const kinds = async () => {
    const replies = await Promise.all([door(call()), door(call({ criticality: 'critical' }))]);
    return replies.map((one) => (one.kind === 'error' ? one.error.code : one.kind));
  };
  assert.deepEqual(await kinds(), ['output', 'output']);
  late.ms = 21;
  assert.deepEqual(await kinds(), ['OVERLOADED', 'output']);
  assert.equal(asked, 3);
  assert.equal(shed.look().running, 0, 'whoever was in has left');
});

test('a call that fails at the door leaves it, too', async () => {
  const shed = shedder({ name: 'host', runtime, limit: fixed(1), waitingMax: 0 });
  const door = callDoor({ runtime, shed, control, callee: () => undefined });
  for (const [passport, code] of [
    [{}, 'UNAUTHENTICATED'],
    [call().passport, 'NO_HEALTHY_INSTANCE'],
  ] as const) {
    const reply = await door({ ...call(), passport });
    assert.equal(reply.kind === 'error' && reply.error.code, code);
    assert.equal(shed.look().running, 0);
  }
});
