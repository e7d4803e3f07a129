// How can two runs of a seed be compared? One hash over everything that happened.
import type { Cryptography } from '../runtime/index.ts';

export interface Trace {
  /** Adds what happened: every delivery, commit and stored byte passes here. */
  note(...what: readonly (string | number)[]): void;
  readonly length: number;
  /** The hash so far, hex. */
  digest(): string;
}

const CHUNK = 256 * 1024;

/** A chain of SHA-256 over chunks of the notes, in order. */
export function trace(cryptography: Pick<Cryptography, 'sha256'>): Trace {
  const hex = (text: string) => Buffer.from(cryptography.sha256(text)).toString('hex');
  let chain = '';
  let pending = '';
  let length = 0;
  return {
    note(...what) {
      length += 1;
      for (const part of what) pending += `${part}\u001f`;
      pending += '\n';
      if (pending.length < CHUNK) return;
      chain = hex(chain + pending);
      pending = '';
    },
    get length() {
      return length;
    },
    digest: () => hex(chain + pending),
  };
}
