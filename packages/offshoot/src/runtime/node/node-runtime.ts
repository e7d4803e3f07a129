// What does the door to nondeterminism open to on a real machine?
import { randomFillSync } from 'node:crypto';
import type { Runtime } from '../runtime.ts';
import { uuidv7 } from '../uuid.ts';
import { nodeCryptography } from './cryptography.ts';
import { openNodeDatabase } from './database.ts';
import { heart } from './heart.ts';
import { nodeRequest } from './request.ts';

const POOL_BYTES = 16_384;
const POOLED_BYTES_MAX = 16;

/** Many small pieces of one system call; nobody else is given the bytes of a piece. */
function pooled(): (length: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = randomFillSync(new Uint8Array(POOL_BYTES));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The real clock, network, disk and randomness of this process. */
export function nodeRuntime(): Runtime {
  const now = () => Date.now();
  const pieces = pooled();
  /** Keys get their own. */
  const randomBytes = (length: number): Uint8Array =>
    length > POOLED_BYTES_MAX ? randomFillSync(Buffer.allocUnsafeSlow(length)) : pieces(length);
  return {
    now,
    monotonic: () => performance.now(),
    sleep,
    after(ms, task) {
      const timer = setTimeout(task, ms).unref();
      return () => clearTimeout(timer);
    },
    endOfTurn: (task) => void setImmediate(task),
    random: () => Math.random(),
    randomBytes,
    id: uuidv7(now, pieces),
    cryptography: nodeCryptography(randomBytes),
    openDatabase: openNodeDatabase,
    request: nodeRequest,
    heart,
  };
}
