// How is another process told to pay, and when had it been durable there?
import { type ChildProcess, fork } from 'node:child_process';

export interface Order {
  readonly id: number;
  /** A command for each, all at once. */
  readonly accounts: readonly string[];
}

export interface Paid {
  readonly id: number;
  /** When the last of them had been answered, in nanoseconds of the machine's one monotonic clock. */
  readonly atNs: string;
}

export interface OtherProcess {
  /** Resolves with the time, in milliseconds, at which all was durable. */
  pay(accounts: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

export const msOf = (ns: string | bigint): number => Number(BigInt(ns)) / 1e6;

/** Stores in the database of `url`, keys in `folder`. */
export async function otherProcess(url: string, folder: string): Promise<OtherProcess> {
  const script = new URL('./pay-process.ts', import.meta.url);
  const child: ChildProcess = fork(script, [url, folder]);
  const waiting = new Map<number, { done(ms: number): void; failed(error: Error): void }>();
  let next = 0;
  const gone = (code: unknown) => {
    for (const { failed } of waiting.values()) failed(new Error(`a process ended with ${code}`));
  };
  child.once('exit', gone);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
  child.on('message', ({ id, atNs }: Paid) => {
    waiting.get(id)?.done(msOf(atNs));
    waiting.delete(id);
  });
  return {
    pay: (accounts) =>
      new Promise((done, failed) => {
        const id = next++;
        waiting.set(id, { done, failed });
        child.send({ id, accounts } satisfies Order);
      }),
    async close() {
      const over = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await over;
    },
  };
}
