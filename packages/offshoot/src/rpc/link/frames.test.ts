// Do messages survive any cutting of the bytes, and does nonsense end the link?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../../testing/index.ts';
import { batchFrame, fragmentFrame, frameReader, KIND } from './frames.ts';
import { outbox } from './outbox.ts';

const LIMIT = 100_000;
const bad = { code: 'BAD_UPSTREAM' };

function reading(limit = LIMIT) {
  const messages: unknown[] = [];
  const read = frameReader((message) => messages.push(message), limit);
  return { messages, read };
}

/** An outbox on a stream that takes `room` frames before it is full. */
function writing(room = Number.POSITIVE_INFINITY) {
  const runtime = manualRuntime();
  const frames: Buffer[] = [];
  let left = room;
  const out = outbox(runtime, {
    write(bytes) {
      frames.push(Buffer.from(bytes));
      left -= 1;
      return left > 0;
    },
    listen: () => {},
    close: () => {},
  });
  return {
    ...{ runtime, frames, out },
    resume(more: number) {
      left = more;
      out.resume();
    },
  };
}

test('messages arrive whole wherever the bytes are cut', () => {
  const large = Buffer.from(JSON.stringify({ text: 'ü'.repeat(12_000) }));
  const frames = [
    ...[batchFrame(['1', '"ü"']), fragmentFrame(7, large, 0)],
    ...[batchFrame(['[2]']), fragmentFrame(7, large, 16_384), batchFrame(['3'])],
  ];
  const bytes = Buffer.concat(frames);
  const expected = [1, 'ü', [2], JSON.parse(large.toString()), 3];
  for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 97) {
    const { messages, read } = reading();
    read(bytes.subarray(0, at));
    read(bytes.subarray(at));
    assert.deepEqual(messages, expected);
  }
  const { messages, read } = reading();
  for (const byte of bytes) read(Buffer.of(byte));
  assert.deepEqual(messages, expected);
});

test('what is no frame of ours is refused', () => {
  const frame = (kind: number, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length);
    head[4] = kind;
    return Buffer.concat([head, body]);
  };
  const strange = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ...[frame(9, Buffer.from('[]')), frame(KIND.batch, Buffer.from('{}'))],
    ...[frame(KIND.batch, Buffer.from('[1')), frame(KIND.batch, Buffer.from(''))],
  ];
  for (const bytes of strange) assert.throws(() => reading().read(bytes), bad);
});

test('a message that is too large, or too many at once, is refused', () => {
  const part = (transfer: number) => fragmentFrame(transfer, Buffer.alloc(40_000), 0);
  const { read } = reading(20_000);
  read(part(1));
  assert.throws(() => read(part(1)), bad);
  const many = reading();
  assert.throws(() => {
    for (let transfer = 0; transfer < 1_000; transfer += 1) many.read(part(transfer));
  }, bad);
});

test('a small message overtakes what is left of large ones, which take turns', async () => {
  const { runtime, frames, out, resume } = writing(1);
  out.send(JSON.stringify('x'.repeat(50_000)));
  out.send(JSON.stringify('y'.repeat(50_000)));
  await runtime.settle();
  assert.equal(frames.length, 1);
  out.send('1');
  resume(100);
  const kinds = frames.map((frame) => frame[4]);
  assert.deepEqual(kinds.slice(0, 4), [KIND.fragment, KIND.batch, KIND.fragment, KIND.fragment]);
  const { messages, read } = reading();
  for (const frame of frames) read(frame);
  assert.deepEqual(
    messages.map((one) => String(one).length),
    [1, 50_000, 50_000],
  );
});

test('messages of one turn leave in one frame', async () => {
  const { runtime, frames, out } = writing();
  for (let n = 0; n < 100; n += 1) out.send(String(n));
  assert.equal(frames.length, 0);
  await runtime.settle();
  assert.equal(frames.length, 1);
});
