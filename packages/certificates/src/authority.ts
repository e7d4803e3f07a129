// Who says which host is which, while nobody runs an authority of their own?
import type { Certificates, Runtime } from 'offshoot/runtime';
import { certificate, privateKey } from './certificate.ts';

export interface AuthorityOptions {
  readonly runtime: Runtime;
  /** `shop.local`: the first part of every SPIFFE id. */
  readonly trustDomain: string;
  /** 32 bytes. Who has them is the authority; the same bytes make the same one. */
  readonly seed: Uint8Array;
}

export interface Issued extends Certificates {
  /** `spiffe://shop.local/host/sales` */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Authority {
  /** Its own certificate, PEM. */
  readonly certificate: string;
  /** A certificate with a key of its own for the workload at `path` (`host/sales`). */
  issue(path: string, lifeMs: number): Issued;
}

const SECOND_MS = 1_000;
/** Clocks of machines differ. */
const SKEW_MS = 60_000;
const SEED_BYTES = 32;
const SERIAL_BYTES = 16;
/** The same in every process that makes it from the seed: 2020 to 2049. */
const BEGINS = 1_577_836_800_000;
const ENDS = 2_493_072_000_000;

/** Serial numbers are positive: the first bit of the bytes says so. */
const serial = (bytes: Uint8Array): Uint8Array => {
  const positive = Uint8Array.from(bytes);
  positive[0] = 0x40 | ((positive[0] as number) & 0x3f);
  return positive;
};

/**
 * An authority made of 32 secret bytes, so that processes that share them believe each other without
 * a file or a word: for development and tests. Its life is as long as theirs.
 */
export function certificateAuthority(options: AuthorityOptions): Authority {
  const { runtime, trustDomain, seed } = options;
  const { cryptography } = runtime;
  const key = cryptography.signingKey(seed);
  const issuer = `Offshoot development authority of ${trustDomain}`;
  const own = certificate(
    {
      ...{ subject: issuer, issuer, x: key.x, notBefore: BEGINS, notAfter: ENDS },
      serial: serial(cryptography.sha256(key.x).subarray(0, SERIAL_BYTES)),
    },
    key,
  );
  return {
    certificate: own,
    issue(path, lifeMs) {
      const secret = runtime.randomBytes(SEED_BYTES);
      const id = `spiffe://${trustDomain}/${path}`;
      const now = Math.ceil(runtime.now() / SECOND_MS) * SECOND_MS; // certificates know seconds
      const times = { notBefore: now - SKEW_MS, notAfter: now + lifeMs };
      const plan = {
        ...{ subject: path, issuer, uris: [id], ...times },
        x: cryptography.signingKey(secret).x,
        serial: serial(runtime.randomBytes(SERIAL_BYTES)),
      };
      const made = certificate(plan, key);
      return { certificate: made, key: privateKey(secret), authorities: own, id, ...times };
    },
  };
}
