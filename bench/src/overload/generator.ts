// Offers load at a rate that does not care how the other side does, and counts what comes back in time.
import { connect, type Socket } from 'node:net';
import { answerTo } from './answer.ts';

/** So much for so long. */
export interface Phase {
  readonly name: string;
  readonly criticalPerSecond: number;
  readonly otherPerSecond: number;
  readonly seconds: number;
}

export interface Offered {
  readonly name: string;
  readonly sent: number;
  /** What should have been sent. */
  readonly planned: number;
  readonly sentPerSecond: number;
  /** Right, and within the deadline that began when it should have been sent. */
  readonly good: number;
  readonly criticalSent: number;
  readonly criticalGood: number;
  readonly late: number;
  readonly wrong: number;
  readonly p99Ms: number;
  /** Good answers to what was due in each tenth of a second. */
  readonly tenths: readonly number[];
  /** The longest time for which nothing was sent although something was due. */
  readonly stalledMs: number;
}

const TENTH_MS = 100;
const [port = 0, deadlineMs = 250] = process.argv.slice(2).map(Number);

interface Sent {
  readonly dueMs: number;
  readonly isCritical: boolean;
}

let socket: Socket;
let nextId = 1;

async function offer(phase: Phase): Promise<Offered> {
  const { name, criticalPerSecond, otherPerSecond, seconds } = phase;
  const rate = criticalPerSecond + otherPerSecond;
  const planned = Math.round(rate * seconds);
  const waiting = new Map<number, Sent>();
  const tenths = new Array<number>(Math.ceil((seconds * 1_000) / TENTH_MS)).fill(0);
  const tookMs: number[] = [];
  const counts = { good: 0, criticalSent: 0, criticalGood: 0, late: 0, wrong: 0 };
  const begun = performance.now();
  let sent = 0;
  let stalledMs = 0;
  let lastMs = begun;

  const heard = (line: string): void => {
    const space = line.indexOf(' ');
    const id = Number(line.slice(0, space));
    const one = waiting.get(id);
    if (!one) return;
    waiting.delete(id);
    const value = Number(line.slice(space + 1));
    if (value === -1) return;
    const ms = performance.now() - one.dueMs;
    if (value !== answerTo(id)) counts.wrong += 1;
    else if (ms > deadlineMs) counts.late += 1;
    else {
      counts.good += 1;
      if (one.isCritical) counts.criticalGood += 1;
      tenths[Math.floor((one.dueMs - begun) / TENTH_MS)]! += 1;
      tookMs.push(ms);
    }
  };
  let rest = '';
  const onData = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line);
  };
  socket.on('data', onData);

  /** Every `rate / critical`-th is critical: evenly, so that luck decides nothing. */
  const isCriticalAt = (index: number): boolean =>
    Math.floor(((index + 1) * criticalPerSecond) / rate) >
    Math.floor((index * criticalPerSecond) / rate);

  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const now = performance.now();
      stalledMs = Math.max(stalledMs, now - lastMs);
      lastMs = now;
      const due = Math.min(planned, Math.floor(((now - begun) / 1_000) * rate));
      let text = '';
      for (; sent < due; sent += 1) {
        const id = nextId++;
        const isCritical = isCriticalAt(sent);
        const dueMs = begun + (sent / rate) * 1_000;
        waiting.set(id, { dueMs, isCritical });
        if (isCritical) counts.criticalSent += 1;
        const left = Math.max(1, Math.floor(deadlineMs - (now - dueMs)));
        text += `${id} ${isCritical ? 'c' : 'd'} ${left}\n`;
      }
      if (text !== '') socket.write(text);
      if (sent < planned && now - begun < seconds * 1_000 + 1_000) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
  const elapsed = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, deadlineMs * 2));
  socket.off('data', onData);
  tookMs.sort((a, b) => a - b);
  const p99Ms = tookMs[Math.floor(tookMs.length * 0.99)] ?? 0;
  const sentPerSecond = (sent / elapsed) * 1_000;
  return { name, sent, planned, sentPerSecond, ...counts, p99Ms, tenths, stalledMs };
}

socket = connect(port, '127.0.0.1', () => {
  socket.setNoDelay(true);
  process.send?.({ ready: true });
});
process.on('message', (phase: Phase) => {
  void offer(phase).then((offered) => process.send?.(offered));
});
process.on('disconnect', () => process.exit(0));
