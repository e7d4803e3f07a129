// How long does a gateway wait for who sends a byte now and then, and who suffers for it?
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lane, OPEN_PATH } from './lane.ts';
import { exchange } from './raw-client.ts';

export interface SlowFound {
  readonly sockets: number;
  /** Connections that were still open when every limit had passed. */
  readonly leftOpen: number;
  /** Requests of a good client meanwhile that were not answered with 200. */
  readonly failed: number;
  /** Requests of the slow that went further. */
  readonly reached: number;
}

/** Beginnings, each followed by a byte now and then that never completes it. */
const BEGINNINGS = [
  '',
  'GET',
  `GET ${OPEN_PATH} HTTP/1.1\r\n`,
  `GET ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\nX-A: `,
  `POST ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n`,
  `POST ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2328\r\n`,
  `POST ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`,
];
const DRIP_MS = 100;
const GOOD_EVERY_MS = 50;

/**
 * Opens so many connections that drip, and asks as a good client meanwhile. `limitMs` is by when the
 * gateway must have closed every one of them.
 */
export async function slowly(lane: Lane, count: number, limitMs: number): Promise<SlowFound> {
  const slow = new Set<Socket>();
  for (let index = 0; index < count; index += 1) {
    const socket = connect(lane.port, '127.0.0.1');
    slow.add(socket.once('close', () => slow.delete(socket)).on('error', () => {}));
    socket.resume();
    socket.write(BEGINNINGS[index % BEGINNINGS.length] as string);
  }
  const drip = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('1');
  }, DRIP_MS);
  const end = performance.now() + limitMs;
  let failed = 0;
  let asked = 0;
  while (performance.now() < end && slow.size > 0) {
    const target = `${OPEN_PATH}?good=${asked}`;
    const bytes = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    asked += 1;
    const { answer } = await exchange(lane.port, { bytes });
    if (!answer.startsWith('HTTP/1.1 200 ')) failed += 1;
    await sleep(GOOD_EVERY_MS);
  }
  clearInterval(drip);
  const leftOpen = slow.size;
  for (const socket of slow) socket.destroy();
  const { reached } = await lane.take();
  const strangers = reached.filter(({ target }) => !target.includes('good='));
  return { sockets: count, leftOpen, failed, reached: strangers.length };
}
