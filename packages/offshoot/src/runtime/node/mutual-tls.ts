// How do both ends of a TLS connection learn who the other one is?
import { constants } from 'node:crypto';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { Admits, CertificateSource } from '../certificates.ts';
import type { Cancel } from '../runtime.ts';

export interface MutualTls {
  /**
   * For one connection to a peer that `admits` believes: the certificates of this moment. What is
   * wrong with the peer is the error of the connection.
   */
  dialOptions(admits: Admits): ConnectionOptions;
  /** For a server; renewed ones are for `renew` to put in. Whoever comes is let in until `fault`. */
  serverOptions(): TlsOptions;
  /** Calls `server.setSecureContext` with each renewal. */
  renew(server: { setSecureContext(options: TlsOptions): void }): Cancel;
  /** Why whoever is at the other end of a server's socket is not believed; undefined when it is. */
  fault(socket: TLSSocket, admits: Admits): string | undefined;
  /** When the certificate of a peer that is believed ends, milliseconds since 1970. */
  validUntil(socket: TLSSocket): number;
}

/** One workload has one name, in visible letters: what a quote or a comma could hide is refused. */
const SPIFFE_ID = /^URI:(spiffe:\/\/[a-z0-9][a-z0-9._-]{0,254}(?:\/[A-Za-z0-9._-]+)+)$/;

/** The SPIFFE id among the names of a certificate: its only URI. Undefined for none, or several. */
function spiffeId(names: string): string | undefined {
  const uris = names.split(', ').filter((one) => one.includes('URI:'));
  return uris.length === 1 ? SPIFFE_ID.exec(uris[0] as string)?.[1] : undefined;
}

/**
 * Both ends show a certificate, TLS 1.3 only. A name in its subject (CN) or a host name is nobody's
 * proof: the one URI is. No session is resumed, so that every connection is checked as of now.
 */
export function mutualTls(source: CertificateSource): MutualTls {
  const shared = {
    minVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
  const material = () => {
    const { certificate: cert, key, authorities: ca } = source.current();
    return { ...shared, cert, key, ca };
  };
  let context: SecureContext | undefined;
  let contextOf: object | undefined;
  const fresh = (): SecureContext => {
    const current = source.current();
    if (context === undefined || contextOf !== current) context = createSecureContext(material());
    contextOf = current;
    return context;
  };
  return {
    dialOptions: (admits) => ({
      ...{ secureContext: fresh(), minVersion: 'TLSv1.3', rejectUnauthorized: true },
      // The chain and the dates are good by then; the name is another question.
      checkServerIdentity(_host, { subjectaltname }) {
        const fault = nameFault(subjectaltname, admits);
        return fault === undefined ? undefined : new Error(`the other side is refused: ${fault}`);
      },
    }),
    serverOptions: () => ({ ...material(), requestCert: true, rejectUnauthorized: false }),
    renew: (server) => source.onRenewed(() => server.setSecureContext(material())),
    fault(socket, admits) {
      const peer = socket.getPeerX509Certificate();
      if (peer === undefined) return 'it showed no certificate';
      if (!socket.authorized) return `its certificate is not good: ${socket.authorizationError}`;
      return nameFault(peer.subjectAltName, admits);
    },
    validUntil: (socket) => socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0,
  };
}

function nameFault(names: string | undefined, admits: Admits): string | undefined {
  const id = spiffeId(names ?? '');
  if (id === undefined) return 'its certificate has no SPIFFE id, or several';
  return admits(id) ? undefined : `it is ${id}, which has no business here`;
}
