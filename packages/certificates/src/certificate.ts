// How is a certificate written?
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { SigningKey } from 'offshoot/runtime';

export interface CertificatePlan {
  readonly subject: string;
  readonly issuer: string;
  /** Public key of the subject: `x` of an Ed25519 JWK. */
  readonly x: string;
  /** 1 to 19 bytes. */
  readonly serial: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Undefined for an authority, which signs certificates and nothing else. */
  readonly uris?: readonly string[];
}

const ED25519 = '1.3.101.112';
const COMMON_NAME = '2.5.4.3';

const nameOf = (commonName: string) => {
  const value = new AttributeValue({ utf8String: commonName });
  const one = new AttributeTypeAndValue({ type: COMMON_NAME, value });
  return new Name([new RelativeDistinguishedName([one])]);
};

const extension = (extnID: string, critical: boolean, value: unknown) =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

function extensions(uris: readonly string[] | undefined): Extensions {
  const isAuthority = uris === undefined;
  const usage = isAuthority ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature;
  const shared = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: isAuthority })),
    extension(id_ce_keyUsage, true, new KeyUsage(usage)),
  ];
  if (isAuthority) return new Extensions(shared);
  const names = uris.map((uri) => new GeneralName({ uniformResourceIdentifier: uri }));
  return new Extensions([
    ...shared,
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names)),
  ]);
}

function validity(notBefore: number, notAfter: number): Validity {
  const made = new Validity();
  made.notBefore = new Time(notBefore);
  made.notAfter = new Time(notAfter);
  return made;
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** A certificate, RFC 5280, with Ed25519 throughout, RFC 8410: the same plan makes the same bytes. */
export function certificate(plan: CertificatePlan, authority: SigningKey): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ED25519 });
  const subjectPublicKey = bufferOf(Buffer.from(plan.x, 'base64url'));
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(plan.serial),
    signature: algorithm,
    issuer: nameOf(plan.issuer),
    validity: validity(plan.notBefore, plan.notAfter),
    subject: nameOf(plan.subject),
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({ algorithm, subjectPublicKey }),
    extensions: extensions(plan.uris),
  });
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = bufferOf(authority.sign(signed));
  const whole = new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue });
  return pem('CERTIFICATE', new Uint8Array(AsnConvert.serialize(whole)));
}

/** What comes before the 32 bytes of an Ed25519 key in PKCS #8. */
const PRIVATE_KEY = Buffer.from('302e020100300506032b657004220420', 'hex');

export const privateKey = (seed: Uint8Array): string =>
  pem('PRIVATE KEY', Buffer.concat([PRIVATE_KEY, seed]));

const LINE = 64;

function pem(what: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ''].join('\n');
}
