import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openFront } from './node/index.ts';
import { perAddress } from './per-address.ts';

test('so many at once from one address, and one more when one leaves', () => {
  const count = perAddress(2);
  assert.deepEqual([count.enter('1.2.3.4'), count.enter('::ffff:1.2.3.4')], [true, true]);
  assert.equal(count.enter('1.2.3.4'), false);
  assert.equal(count.enter('1.2.3.5'), true);
  count.leave('1.2.3.4');
  assert.equal(count.enter('1.2.3.4'), true);
});

test('all of an IPv6 network are one caller', () => {
  const count = perAddress(1);
  assert.deepEqual([count.enter('2001:db8::1'), count.enter('2001:db8::2')], [true, false]);
});

test('nothing is remembered of who left', () => {
  const count = perAddress(5);
  for (let one = 0; one < 1_000; one += 1) {
    count.enter(`10.0.${one >> 8}.${one & 255}`);
    count.leave(`10.0.${one >> 8}.${one & 255}`);
  }
  assert.equal(count.size, 0);
});

test('the front closes what is too much from one address, and answers the others', async (t) => {
  const front = await openFront({
    ...{ port: 0, limits: { connectionsPerAddressMax: 3 }, onUpgrade: () => {} },
    onRequest: (_, response) => void response.end('well'),
  });
  const slow: Socket[] = [];
  t.after(async () => {
    for (const one of slow) one.destroy();
    await front.close(100);
  });
  const come = () =>
    new Promise<'held' | 'closed'>((resolve) => {
      const socket = connect(front.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n'),
      );
      socket.on('error', () => {}).once('close', () => resolve('closed'));
      slow.push(socket);
      setTimeout(() => resolve('held'), 200);
    });
  const all = await Promise.all(Array.from({ length: 8 }, come));
  assert.equal(all.filter((one) => one === 'held').length, 3);
  const [last] = slow.filter((one) => !one.destroyed);
  last!.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await (await fetch(front.url)).text(), 'well');
});
