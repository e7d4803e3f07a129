// What comes back when exactly these bytes are sent over a connection of their own?
import { connect } from 'node:net';
import { readAnswers } from './answers.ts';

export interface Exchange {
  /** One character a byte. */
  readonly answer: string;
  /** `stuck`: the other side neither closed nor answered in time. */
  readonly end: 'closed' | 'reset' | 'stuck' | 'refused';
}

export interface Sending {
  readonly bytes: string;
  /** Places to pause at, so that the pieces arrive one by one. @default nowhere */
  readonly cuts?: readonly number[];
  /**
   * After so many answers nothing more will come, because the rest waits for more bytes: then this
   * side ends. @default the other side closes
   */
  readonly endAfter?: { readonly methods: readonly string[] };
}

const PATIENCE_MS = 4_000;
/** How long an answer that should have come is waited for before this side ends. */
const GRACE_MS = 60;

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Sends and listens until the connection is closed. Never rejects. */
export function exchange(port: number, sending: Sending): Promise<Exchange> {
  const { bytes, cuts = [], endAfter } = sending;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answer = '';
    let isConnected = false;
    let end: Exchange['end'] = 'closed';
    const timers = [setTimeout(() => over('stuck'), PATIENCE_MS)];

    const over = (how: Exchange['end']) => {
      end = how;
      socket.destroy();
    };
    const endWhenAnswered = () => {
      if (!endAfter) return;
      const { answers } = readAnswers(answer, endAfter.methods);
      if (answers.length >= endAfter.methods.length) socket.end();
    };
    const write = async () => {
      isConnected = true;
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        if (socket.destroyed) return;
        socket.write(bytes.slice(from, cut), 'latin1');
        from = cut;
        if (from < bytes.length) await pause();
      }
      if (!endAfter) return;
      if (endAfter.methods.length === 0) return void socket.end();
      timers.push(setTimeout(() => socket.end(), GRACE_MS));
    };

    socket.on('connect', () => void write());
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
      endWhenAnswered();
    });
    socket.on('error', () => {
      end = isConnected ? 'reset' : 'refused';
    });
    socket.on('close', () => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ answer, end });
    });
  });
}
