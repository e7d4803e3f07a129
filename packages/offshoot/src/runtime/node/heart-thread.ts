// The heart itself: a thread that sends requests for as long as the other thread's counter grows.
import { request as httpsRequest } from 'node:https';
import { parentPort, workerData } from 'node:worker_threads';
import type { Outbound } from '../http.ts';
import type { HeartOrder, HeartReply } from './heart.ts';

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const { request: httpRequest } = process.getBuiltinModule('node:http');

const ANSWER_BYTES_MAX = 65_536;
const LOOK_MS = 100;

const pulse = workerData as Int32Array;
const timers = new Map<number, NodeJS.Timeout>();
let seen = -1;
let seenAt = 0;

/** How long the other thread has shown no sign of life. */
function stillMs(): number {
  const now = performance.now();
  const count = Atomics.load(pulse, 0);
  if (count !== seen) {
    seen = count;
    seenAt = now;
  }
  return now - seenAt;
}

function answered(outbound: Omit<Outbound, 'signal'>): Promise<{ status: number; body: string }> {
  const { method, url, headers, body, timeoutMs } = outbound;
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = send(url, { method, headers: { ...headers, ...length }, signal });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < ANSWER_BYTES_MAX) text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.end(body);
  });
}

const say = (reply: HeartReply) => parentPort?.postMessage(reply);

async function beat(id: number, request: Omit<Outbound, 'signal'>): Promise<void> {
  try {
    say({ beat: id, reply: await answered(request) });
  } catch (error) {
    say({ beat: id, error: String(error) });
  }
}

parentPort?.on('message', (order: HeartOrder) => {
  if ('stop' in order) {
    clearInterval(timers.get(order.stop));
    timers.delete(order.stop);
    return;
  }
  const { start, request, everyMs, stallMsMax } = order;
  const send = () => {
    if (stillMs() <= stallMsMax) void beat(start, request);
  };
  timers.set(start, setInterval(send, everyMs));
});

// The counter is looked at more often than beats are sent: a moment without growth is no stall.
setInterval(stillMs, LOOK_MS).unref();
