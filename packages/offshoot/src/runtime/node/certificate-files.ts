// How are certificates read from files that somebody else renews?
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { OffshootError } from '../../error/index.ts';
import type { CertificateSource, Certificates } from '../certificates.ts';

export interface CertificateFilesOptions {
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
  /** How often they are read again. @default 10000 */
  readonly lookMs?: number;
  /** Told once when what is there is of no use; what was read before stays. */
  readonly onFault: (why: string) => void;
}

export interface FileCertificates extends CertificateSource {
  /** Reads no more. */
  close(): void;
}

const LOOK_MS = 10_000;

/**
 * Certificates of files, read again every 10 s: whoever rotates them need tell nobody. Files of two
 * generations, which do not fit each other, are left until they do. Throws BAD_SETTING when there is
 * nothing good to begin with.
 */
export function certificateFiles(options: CertificateFilesOptions): FileCertificates {
  const { lookMs = LOOK_MS, onFault } = options;
  const listeners = new Set<() => void>();
  let current = read(options);
  let isFaulty = false;
  const look = (): void => {
    try {
      const found = read(options);
      isFaulty = false;
      if (isSame(found, current)) return;
      current = found;
      for (const one of listeners) one();
    } catch (error) {
      if (!isFaulty) onFault(error instanceof Error ? error.message : String(error));
      isFaulty = true;
    }
  };
  const timer = setInterval(look, lookMs).unref();
  return {
    current: () => current,
    onRenewed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

const isSame = (one: Certificates, other: Certificates): boolean =>
  one.certificate === other.certificate &&
  one.key === other.key &&
  one.authorities === other.authorities;

function read(paths: CertificateFilesOptions): Certificates {
  try {
    const found = {
      certificate: readFileSync(paths.certificate, 'utf8'),
      key: readFileSync(paths.key, 'utf8'),
      authorities: readFileSync(paths.authorities, 'utf8'),
    };
    // Throws where the key is not that of the certificate.
    createSecureContext({ cert: found.certificate, key: found.key, ca: found.authorities });
    return found;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const { certificate, key, authorities } = paths;
    const message = `${certificate}, ${key} and ${authorities} are no certificates to go on with: ${why}`;
    throw new OffshootError('BAD_SETTING', message, { cause });
  }
}
