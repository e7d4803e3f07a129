import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { inFlight } from './in-flight.ts';

test('a call of the outside is in flight until its answer is there, and idle waits for it', async () => {
  const runtime = manualRuntime();
  const flights = inFlight(runtime);
  const answer = Promise.withResolvers<string>();
  const asked = async () => 'known';
  const adapter = flights.outside({ name: 'mail', call: () => answer.promise, ask: asked });
  const context = { key: 'k', deadlineMs: 1_000 };
  const call = adapter.call('send', {}, context);
  let isIdle: boolean | undefined;
  void flights.idle(5_000).then((idle) => {
    isIdle = idle;
  });
  await runtime.advance(4_000);
  assert.deepEqual([flights.size, isIdle], [1, undefined]);
  answer.resolve('sent');
  assert.equal(await call, 'sent');
  await runtime.settle();
  assert.deepEqual([flights.size, isIdle], [0, true]);
  assert.deepEqual([adapter.name, await adapter.ask?.('send', context)], ['mail', 'known']);
});
