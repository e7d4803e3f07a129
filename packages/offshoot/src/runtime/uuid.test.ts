import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeRuntime } from './node/index.ts';
import { uuidv7 } from './uuid.ts';

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const full = (n: number) => new Uint8Array(n).fill(0xff);
const empty = (n: number) => new Uint8Array(n);

test('an id has the shape of RFC 9562, version 7, and begins with its millisecond', () => {
  const at = 0x0123_4567_89ab;
  for (const bytes of [full, empty]) {
    const id = uuidv7(() => at, bytes)();
    assert.match(id, SHAPE);
    assert.equal(id.replaceAll('-', '').slice(0, 12), '0123456789ab');
  }
});

test('ids only grow while the clock stands still, goes on, or steps back', () => {
  let now = 1_800_000_000_000;
  const next = uuidv7(() => now, full);
  let last = next();
  for (let step = 0; step < 20_000; step += 1) {
    if (step % 100 === 0) now += (step % 700) - 300;
    const id = next();
    assert.ok(id > last, `${id} after ${last}`);
    last = id;
  }
});

test('a hundred thousand ids of a real runtime are well-formed, ordered and distinct', () => {
  const runtime = nodeRuntime();
  const ids = Array.from({ length: 100_000 }, () => runtime.id());
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
  assert.ok(ids.every((id) => SHAPE.test(id)));
});

test('two generators of one millisecond do not agree', () => {
  const [a, b] = [nodeRuntime(), nodeRuntime()];
  assert.notEqual(a.id().slice(-12), b.id().slice(-12));
});
