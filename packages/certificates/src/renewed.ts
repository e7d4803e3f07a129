// How does a host always have a certificate with half of its life before it?
import type { CertificateSource, Runtime } from 'offshoot/runtime';
import type { Authority, Issued } from './authority.ts';

export interface RenewedOptions {
  readonly runtime: Runtime;
  readonly authority: Authority;
  /** `host/sales` */
  readonly path: string;
  /** @default an hour */
  readonly lifeMs?: number;
}

export interface RenewedSource extends CertificateSource {
  current(): Issued;
  /** Takes the next one now. */
  renew(): void;
  /** No more renewals by the clock. */
  close(): void;
}

const HOUR_MS = 3_600_000;
/** Not all hosts of a system at once. */
const JITTER = 0.1;

/**
 * A certificate that is another at half of its life, give or take a tenth: what was shown before
 * stays good for the other half, so that nobody who is slow is refused.
 */
export function renewedCertificates(options: RenewedOptions): RenewedSource {
  const { runtime, authority, path, lifeMs = HOUR_MS } = options;
  const listeners = new Set<() => void>();
  let issued = authority.issue(path, lifeMs);
  let cancel = () => {};
  const renew = (): void => {
    issued = authority.issue(path, lifeMs);
    wait();
    for (const one of listeners) one();
  };
  const wait = (): void => {
    cancel();
    const spread = 1 + JITTER * (2 * runtime.random() - 1);
    cancel = runtime.after((lifeMs / 2) * spread, renew);
  };
  wait();
  return {
    current: () => issued,
    onRenewed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    renew,
    close: () => cancel(),
  };
}
