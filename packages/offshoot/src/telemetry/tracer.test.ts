import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualRuntime } from '../testing/index.ts';
import { openSpan, type Span, spanRecorder, traceIdOf } from './index.ts';

const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const span = (name: string, traceparent: string): Span => ({
  ...{ name, service: 'toys', traceparent, parent: '', correlation: 'c', at: 0, ms: 1 },
  ...{ outcome: 'ok', attributes: {} },
});
const inTrace = (digit: string, id: number) =>
  `00-${digit.repeat(32)}-${String(id).padStart(16, '1')}-01`;

test('trap 34: whatever is said to have caused it, a span has a valid trace context', () => {
  const runtime = manualRuntime();
  const traced = { runtime, service: 'toys', tracer: spanRecorder() };
  const any = fc.oneof(
    fc.string(),
    fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  );
  fc.assert(
    fc.property(any, (parent) => {
      const { traceparent } = openSpan(traced, 'toy', { traceparent: parent, correlation: 'c' });
      assert.match(traceparent, VALID);
      if (VALID.test(parent)) assert.equal(traceIdOf(traceparent), traceIdOf(parent));
    }),
  );
});

test('a span says how long it took and how it ended', async () => {
  const runtime = manualRuntime();
  const tracer = spanRecorder();
  const cause = { traceparent: inTrace('a', 1), correlation: 'order-1' };
  const open = openSpan({ runtime, tracer, service: 'toys' }, 'toys.make', cause, { size: 3 });
  await runtime.advance(40);
  open.end('OUT_OF_STOCK');
  const [found] = tracer.find('order-1');
  assert.deepEqual(
    [found?.ms, found?.outcome, found?.parent, found?.attributes],
    [40, 'OUT_OF_STOCK', cause.traceparent, { size: 3 }],
  );
});

test('a span costs nothing where nobody looks: the cause itself goes on', () => {
  const cause = { traceparent: inTrace('a', 1), correlation: 'c' };
  const { traceparent } = openSpan({ runtime: manualRuntime(), service: 'toys' }, 'toy', cause);
  assert.equal(traceparent, cause.traceparent);
});

test('so many spans are remembered and no more; the oldest makes room and is counted', () => {
  const tracer = spanRecorder(2);
  for (const id of [1, 2, 3]) tracer.record(span(`s${id}`, inTrace('a', id)));
  assert.deepEqual(
    tracer
      .find('a'.repeat(32))
      .map(({ name }) => name)
      .sort(),
    ['s2', 's3'],
  );
  assert.equal(tracer.dropped, 1);
});
