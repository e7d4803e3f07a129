// How are messages cut into frames that hold nobody back, and put together again?
import { OffshootError } from '../../error/index.ts';

/**
 * A frame is a length (4 bytes, big-endian), a kind (1 byte) and so many bytes. A batch is a JSON
 * array of small messages. A large message travels in fragments, each with the number of its
 * transfer (4 bytes) before it, between which other frames go.
 */
export const KIND = { batch: 1, fragment: 2, lastFragment: 3 } as const;

/** A message of more characters travels in fragments. */
export const SMALL_LENGTH_MAX = 16_384;
/** A batch ends with the message that makes it longer. */
export const BATCH_LENGTH_MAX = 32_768;
export const FRAGMENT_BYTES = 16_384;
/** Of what a side accepts: a batch may have three bytes a character. */
const FRAME_BYTES_MAX = 3 * (BATCH_LENGTH_MAX + SMALL_LENGTH_MAX) + 1_024;
const HEAD_BYTES = 5;
const TRANSFERS_MAX = 256;

const header = (bytes: Buffer, length: number, kind: number): void => {
  bytes.writeUInt32BE(length, 0);
  bytes[4] = kind;
};

/** One frame of small messages, each JSON already. */
export function batchFrame(messages: readonly string[]): Buffer {
  const text = `[${messages.join(',')}]`;
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + length);
  header(frame, length, KIND.batch);
  if (length === text.length) frame.write(text, HEAD_BYTES, 'latin1');
  else frame.write(text, HEAD_BYTES);
  return frame;
}

/** The fragment of `bytes` that begins at `from`. */
export function fragmentFrame(transfer: number, bytes: Buffer, from: number): Buffer {
  const to = Math.min(from + FRAGMENT_BYTES, bytes.length);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + 4 + to - from);
  const kind = to === bytes.length ? KIND.lastFragment : KIND.fragment;
  header(frame, 4 + to - from, kind);
  frame.writeUInt32BE(transfer, HEAD_BYTES);
  bytes.copy(frame, HEAD_BYTES + 4, from, to);
  return frame;
}

const broken = (what: string) => new OffshootError('BAD_UPSTREAM', `the link carried ${what}`);

interface Transfer {
  readonly parts: Buffer[];
  length: number;
}

/**
 * Takes bytes as they come and hands over messages. Throws BAD_UPSTREAM when the other side does
 * not keep to the format or its limits: then the link is of no use any more.
 */
export function frameReader(
  onMessage: (message: any) => void,
  messageBytesMax: number,
): (bytes: Uint8Array) => void {
  const transfers = new Map<number, Transfer>();
  let rest: Buffer | undefined;

  const fragment = (frame: Buffer, isLast: boolean): void => {
    const number = frame.readUInt32BE(0);
    const transfer = transfers.get(number) ?? { parts: [], length: 0 };
    transfer.parts.push(frame.subarray(4));
    transfer.length += frame.length - 4;
    if (transfer.length > messageBytesMax) throw broken('a message that is too large');
    if (isLast) {
      transfers.delete(number);
      onMessage(parsed(Buffer.concat(transfer.parts)));
    } else if (transfers.set(number, transfer).size > TRANSFERS_MAX)
      throw broken('too many large messages at once');
  };

  const take = (kind: number | undefined, frame: Buffer): void => {
    if (kind === KIND.batch) for (const message of batch(frame)) onMessage(message);
    else if (kind === KIND.fragment) fragment(frame, false);
    else if (kind === KIND.lastFragment) fragment(frame, true);
    else throw broken(`a frame of kind ${kind}`);
  };

  return (given) => {
    const fresh = Buffer.from(given.buffer, given.byteOffset, given.length);
    const bytes = rest ? Buffer.concat([rest, fresh]) : fresh;
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length > FRAME_BYTES_MAX) throw broken(`a frame of ${length} bytes`);
      const end = at + HEAD_BYTES + length;
      if (end > bytes.length) break;
      take(bytes[at + 4], bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw broken('what is no JSON');
  }
}

function batch(frame: Buffer): readonly unknown[] {
  const messages = parsed(frame);
  if (Array.isArray(messages)) return messages;
  throw broken('a batch that is no list');
}
