// How does a host prove to the others of its topology which one it is?
import type { Admits, CertificateSource } from '../runtime/index.ts';
import { certificateFiles, type MutualTls, mutualTls } from '../runtime/node/index.ts';
import type { Closer } from './closer.ts';
import type { CertificatePlace, CertificatesAdapter, Topology } from './topology.ts';

export interface CertificateFileSettings {
  readonly trustDomain: string;
  /** The settings that name the files. @default TLS_CERTIFICATE, TLS_KEY, TLS_AUTHORITIES */
  readonly settings?: {
    readonly certificate: string;
    readonly key: string;
    readonly authorities: string;
  };
}

const SETTINGS = {
  certificate: 'TLS_CERTIFICATE',
  key: 'TLS_KEY',
  authorities: 'TLS_AUTHORITIES',
};

/**
 * Certificates of whoever issues them where it matters (SPIRE, cert-manager, your own): PEM files
 * whose paths are settings, read again every 10 s.
 *
 * @example
 * topology({ ...plan, certificates: filesOfCertificates({ trustDomain: 'shop.example' }) })
 */
export function filesOfCertificates(options: CertificateFileSettings): CertificatesAdapter {
  const { trustDomain, settings: names = SETTINGS } = options;
  return {
    trustDomain,
    open: ({ settings, logger }) =>
      certificateFiles({
        certificate: settings.text(names.certificate),
        key: settings.text(names.key),
        authorities: settings.text(names.authorities),
        onFault: (why) => logger.error('certificates were not renewed', { why }),
      }),
  };
}

/** The TLS of a host, and whom it may meet. */
export interface HostTls {
  readonly tls: MutualTls;
  readonly source: CertificateSource;
  /** Any host of the topology. */
  readonly anyHost: Admits;
  /** One of them. */
  host(name: string): Admits;
}

/** Undefined where the hosts of a topology talk in the clear. */
export function hostTls(
  { certificates, hosts }: Topology,
  place: CertificatePlace,
  closing: Closer,
): HostTls | undefined {
  if (!certificates) return undefined;
  const source = certificates.open(place);
  closing.add(async () => source.close());
  const idOf = (name: string) => `spiffe://${certificates.trustDomain}/host/${name}`;
  const ids = new Set(hosts.map(({ name }) => idOf(name)));
  return {
    ...{ tls: mutualTls(source), source },
    anyHost: (id) => ids.has(id),
    host: (name) => (id) => id === idOf(name),
  };
}
