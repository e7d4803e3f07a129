// How do messages leave in the order that keeps small ones quick, no faster than the other side reads?
import type { ByteStream, Runtime } from '../../runtime/index.ts';
import {
  BATCH_LENGTH_MAX,
  batchFrame,
  FRAGMENT_BYTES,
  fragmentFrame,
  SMALL_LENGTH_MAX,
} from './frames.ts';

export interface Outbox {
  /** A message that is JSON already. All of one turn leave together. */
  send(message: string): void;
  /** A large one, in bytes. */
  sendBytes(message: Buffer): void;
  /** The stream takes more again. */
  resume(): void;
  /** Sends what waits, then ends the stream. */
  close(): void;
}

interface Transfer {
  readonly number: number;
  readonly bytes: Buffer;
  at: number;
}

/**
 * Small messages go first, then one fragment of each large one in turn: nobody waits for more than
 * a fragment of somebody else. What the stream does not take waits here; how much that can be is
 * bounded by the calls that are open.
 */
export function outbox(runtime: Pick<Runtime, 'endOfTurn'>, stream: ByteStream): Outbox {
  let small: string[] = [];
  const large: Transfer[] = [];
  let transfers = 0;
  let isScheduled = false;
  let isFull = false;
  let isClosing = false;

  const write = (frame: Buffer): void => {
    isFull = !stream.write(frame);
  };

  const writeSmall = (): void => {
    while (small.length > 0 && !isFull) {
      let length = 0;
      let count = 0;
      while (count < small.length && length < BATCH_LENGTH_MAX) {
        length += small[count]!.length + 1;
        count += 1;
      }
      const batch = count === small.length ? small : small.slice(0, count);
      small = count === small.length ? [] : small.slice(count);
      write(batchFrame(batch));
    }
  };

  const writeFragment = (): void => {
    const transfer = large.shift();
    if (!transfer) return;
    const { number, bytes, at } = transfer;
    write(fragmentFrame(number, bytes, at));
    transfer.at += FRAGMENT_BYTES;
    if (transfer.at < bytes.length) large.push(transfer);
  };

  const pump = (): void => {
    isScheduled = false;
    while (!isFull && small.length + large.length > 0) {
      writeSmall();
      if (!isFull) writeFragment();
    }
    if (isClosing && small.length + large.length === 0) stream.close();
  };

  const wake = (): void => {
    if (isScheduled || isFull) return;
    isScheduled = true;
    runtime.endOfTurn(pump);
  };

  const sendBytes = (bytes: Buffer): void => {
    transfers = (transfers + 1) % 0x1_0000_0000;
    large.push({ number: transfers, bytes, at: 0 });
    wake();
  };

  return {
    send(message) {
      if (message.length > SMALL_LENGTH_MAX) sendBytes(Buffer.from(message));
      else {
        small.push(message);
        wake();
      }
    },
    sendBytes,
    resume() {
      isFull = false;
      pump();
    },
    close() {
      isClosing = true;
      if (!isFull) pump();
    },
  };
}
