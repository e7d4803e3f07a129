// How do the hosts of a development system get certificates without anybody doing anything?
import { OffshootError } from 'offshoot/error';
import type { CertificatesAdapter } from 'offshoot/host';
import { certificateAuthority } from './authority.ts';
import { type RenewedSource, renewedCertificates } from './renewed.ts';

export interface DevelopmentCertificatesOptions {
  /** `shop.local` */
  readonly trustDomain: string;
  /** @default an hour */
  readonly lifeMs?: number;
  /** Told of each source: for tests, which renew when they like. */
  readonly onOpen?: (source: RenewedSource, host: string) => void;
}

/**
 * An authority made from the master key that the hosts share, so that each signs its own certificate
 * and all believe each other. It is as safe as that key, and no safer: where NODE_ENV is `production`
 * it throws BAD_SETTING, and certificates come from files.
 *
 * @example
 * topology({ ...plan, certificates: developmentCertificates({ trustDomain: 'shop.local' }) })
 */
export function developmentCertificates(
  options: DevelopmentCertificatesOptions,
): CertificatesAdapter {
  const { trustDomain, lifeMs, onOpen } = options;
  return {
    trustDomain,
    open({ runtime, settings, host, master }) {
      if (settings.find('NODE_ENV') === 'production') {
        const message = `the authority of ${trustDomain} is for development: in production take certificates from files`;
        throw new OffshootError('BAD_SETTING', message);
      }
      const secret = runtime.cryptography.hmacSha256(master, 'offshoot:certificate-authority');
      const authority = certificateAuthority({ runtime, trustDomain, seed: secret });
      const life = lifeMs === undefined ? {} : { lifeMs };
      const source = renewedCertificates({ runtime, authority, path: `host/${host}`, ...life });
      onOpen?.(source, host);
      return source;
    },
  };
}
