// Do thousands of clients that send a byte now and then cost a good one anything?
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { proxy } from 'offshoot/proxy';
import { nodeRuntime, openFront, undiciUpstream } from 'offshoot/runtime/node';

const SLOW = 2_000;
const ROUND_MS = 2_500;
const ROUNDS = 6;
const DRIP_MS = 400;

const origin = createServer((_, response) => response.end('well')).listen(0, '127.0.0.1');
await new Promise((resolve) => origin.once('listening', resolve));
const target = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
const config = { routes: [{ path: '/', target }] };
const inner = proxy({ runtime: nodeRuntime(), client: undiciUpstream, config });
const limits = { connectionsPerAddressMax: SLOW + 100 };
const front = await openFront({ ...inner, port: 0, limits });

let slow: Socket[] = [];
let came = 0;
function comeSlowly(): void {
  const socket = connect(front.port, '127.0.0.1', () => {
    came += 1;
    socket.write('POST / HTTP/1.1\r\nHost: a\r\n');
  });
  const drip = setInterval(() => socket.write('X-A: b\r\n'), DRIP_MS);
  socket
    .on('error', () => {})
    .once('close', () => {
      clearInterval(drip);
      // Who is sent away comes again.
      if (slow.includes(socket)) {
        slow = slow.filter((one) => one !== socket);
        comeSlowly();
      }
    });
  slow.push(socket);
}

/** Of a client that asks one thing after the other, milliseconds. */
async function round(): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    const from = performance.now();
    await (await fetch(front.url)).text();
    took.push(performance.now() - from);
  }
  return took;
}

const p99 = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;
const alone: number[] = [];
const among: number[] = [];
await round();
for (let turn = 0; turn < ROUNDS; turn += 1) {
  alone.push(...(await round()));
  for (let one = 0; one < SLOW; one += 1) comeSlowly();
  await new Promise((resolve) => setTimeout(resolve, 500));
  among.push(...(await round()));
  const leaving = slow;
  slow = [];
  for (const one of leaving) one.destroy();
  await new Promise((resolve) => setTimeout(resolve, 500));
}
const [before, during] = [p99(alone), p99(among)];
console.log(
  JSON.stringify({
    ...{ slow: SLOW, came, requestsAlone: alone.length, requestsAmong: among.length },
    p99AloneMs: Number(before.toFixed(2)),
    p99AmongMs: Number(during.toFixed(2)),
    ratio: Number((during / before).toFixed(2)),
  }),
);
process.exit(0);
