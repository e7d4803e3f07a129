import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_KINDS, NO_FAULTS } from './faults.ts';
import { life } from './life.ts';
import { disks } from './simulated-database.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import { world } from './world.ts';

test('a wall clock that jumps counts when it is read; the monotonic one never jumps', () => {
  const w = world(1n, FAULT_KINDS, NO_FAULTS);
  const runtime = simulatedRuntime(w, disks(w), life('h'));
  const [wall, monotonic] = [runtime.now(), runtime.monotonic()];
  w.clocks.jump('h', 60_000);
  w.clocks.jump('other', -60_000);
  assert.equal(w.counts.clockForward, 0, 'nobody has seen it yet');
  assert.equal(runtime.now(), wall + 60_000);
  assert.equal(runtime.now(), wall + 60_000);
  w.clocks.jump('h', -90_000);
  assert.equal(runtime.now(), wall - 30_000);
  assert.equal(runtime.monotonic(), monotonic);
  assert.deepEqual([w.counts.clockForward, w.counts.clockBackward], [1, 1]);
  assert.equal(w.clocks.jumpedMs('h'), 150_000);
});
