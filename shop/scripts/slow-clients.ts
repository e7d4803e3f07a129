// Do thousands of clients that send a byte now and then cost a good one anything?
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { proxy } from 'offshoot/proxy';
import { nodeRuntime, openFront, undiciUpstream } from 'offshoot/runtime/node';

const SLOW = 2_000;
const ROUND_MS = 2_500;
const ROUNDS = 6;
const DRIP_MS = 400;

/** In a thread of its own, so that it costs the gateway no more than its bytes. */
function comeSlowly(port: number): void {
  const socket = connect(port, '127.0.0.1', () => {
    parentPort?.postMessage('came');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\n');
  });
  const drip = setInterval(() => socket.write('X-A: b\r\n'), DRIP_MS);
  // Who is sent away comes again.
  socket
    .on('error', () => {})
    .once('close', () => {
      clearInterval(drip);
      comeSlowly(port);
    });
}

/** Of a client that asks one thing after the other, milliseconds. */
async function round(url: string): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    const from = performance.now();
    await (await fetch(url)).text();
    took.push(performance.now() - from);
  }
  return took;
}

const p99 = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;

async function measure(): Promise<void> {
  const origin = createServer((_, response) => response.end('well')).listen(0, '127.0.0.1');
  await new Promise((resolve) => origin.once('listening', resolve));
  const target = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const config = { routes: [{ path: '/', target }] };
  const inner = proxy({ runtime: nodeRuntime(), client: undiciUpstream, config });
  const limits = { connectionsPerAddressMax: SLOW + 100 };
  const front = await openFront({ ...inner, port: 0, limits });
  const alone: number[] = [];
  const among: number[] = [];
  let came = 0;
  await round(front.url);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    alone.push(...(await round(front.url)));
    let here = 0;
    const crowd = new Worker(new URL(import.meta.url), { workerData: front.port });
    crowd.on('message', () => {
      here += 1;
    });
    while (here < SLOW) await sleep(50);
    among.push(...(await round(front.url)));
    came += here;
    await crowd.terminate();
    await sleep(200);
  }
  const [before, during] = [p99(alone), p99(among)];
  const figures = { p99AloneMs: before, p99AmongMs: during, ratio: during / before };
  const requests = { requestsAlone: alone.length, requestsAmong: among.length };
  console.log(JSON.stringify({ slow: SLOW, came, ...requests, ...figures }));
  process.exit(0);
}

if (isMainThread) await measure();
else for (let one = 0; one < SLOW; one += 1) comeSlowly(workerData as number);
