import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualRuntime } from '../testing/index.ts';
import { type Lapsing, wheel } from './index.ts';
import { ABSENT } from './wheel.ts';

interface Entry extends Lapsing {
  readonly wantedMs: number;
}

function setting() {
  const runtime = manualRuntime();
  const made = wheel(runtime);
  const lapsed: { readonly entry: Entry; readonly atMs: number }[] = [];
  const add = (inMs: number): Entry => {
    const wantedMs = runtime.monotonic() + inMs;
    const entry: Entry = {
      ...{ wantedMs, dueMs: 0, slot: ABSENT, previous: undefined, next: undefined },
      lapse: (atMs) => void lapsed.push({ entry, atMs }),
    };
    made.add(entry, wantedMs, runtime.monotonic());
    return entry;
  };
  return { runtime, made, lapsed, add };
}

const action = fc.oneof(
  fc.record({ do: fc.constant('add' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ do: fc.constant('remove' as const), ms: fc.nat(50) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(9_000) }),
);

test('each lapses at its own time and once, or never when it was taken off before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      const { runtime, made, lapsed, add } = setting();
      const waiting = new Set<Entry>();
      const expected = new Set<Entry>();
      for (const { do: what, ms } of actions) {
        if (what === 'add') waiting.add(add(ms));
        else if (what === 'remove') {
          const entry = [...waiting][ms % Math.max(1, waiting.size)];
          if (!entry) continue;
          made.remove(entry);
          waiting.delete(entry);
        } else {
          await runtime.advance(ms);
          for (const entry of waiting)
            if (entry.wantedMs <= runtime.monotonic()) {
              waiting.delete(entry);
              expected.add(entry);
            }
        }
        assert.equal(made.size, waiting.size);
      }
      assert.deepEqual(new Set(lapsed.map(({ entry }) => entry)), expected);
      assert.equal(lapsed.length, expected.size);
      for (const { entry, atMs } of lapsed) assert.equal(atMs, entry.wantedMs);
    }),
    { numRuns: 60 },
  );
});

test('a thousand that end in time share one timer', async () => {
  const { runtime, made, add } = setting();
  for (let one = 0; one < 1_000; one += 1) made.remove(add(5_000 + one));
  assert.equal(runtime.timers, 1);
  await runtime.advance(10_000);
  assert.equal(runtime.timers, 0);
});

test('what lapses may take others off and put itself on again', async () => {
  const { runtime, made, lapsed, add } = setting();
  const victim = add(100);
  const again: Lapsing = {
    ...{ dueMs: 0, slot: ABSENT, previous: undefined, next: undefined },
    lapse: (nowMs) => {
      made.remove(victim);
      if (nowMs < 300) made.add(again, nowMs + 100, nowMs);
    },
  };
  made.add(again, 99, 0);
  await runtime.advance(1_000);
  assert.equal(made.size, 0);
  assert.deepEqual(lapsed, []);
});
