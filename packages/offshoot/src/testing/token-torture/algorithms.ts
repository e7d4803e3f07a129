// Which tokens try to choose how they are verified?
import { createPublicKey } from 'node:crypto';
import { type Material, part, type TortureToken } from './material.ts';

const NONE = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\u0000', 'nоne'];
const ODD = [null, '', 0, true, [], ['none'], ['EdDSA'], {}, 'eddsa', 'EDDSA', 'EdDSA ', 'Ed448'];
const OTHERS = ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES256K', 'HS256', 'A128KW', 'dir'];
const EMPTY_SECRETS = ['', '\u0000', 'null', 'undefined', 'secret', 'password', 'changeme', 'key'];

/** `alg: none` in every spelling, with every kind of signature. */
export function* unsigned({ header, claims, parts }: Material): Iterable<TortureToken> {
  const signatures = { 'none at all': '', 'that of a good one': parts[2], noise: 'AAAA' };
  for (const alg of NONE)
    for (const [how, signature] of Object.entries(signatures)) {
      const head = `${part({ ...header, alg })}.${part(claims)}`;
      const name = `${JSON.stringify(alg)} with signature: ${how}`;
      yield { group: 'alg none', name, token: `${head}.${signature}` };
    }
  const { alg: _, ...silent } = header;
  yield { group: 'alg none', name: 'absent', token: `${part(silent)}.${part(claims)}.` };
  yield { group: 'alg none', name: 'two parts', token: `${parts[0]}.${parts[1]}` };
  yield { group: 'alg none', name: 'an empty header', token: `${part({})}.${part(claims)}.` };
}

/** Another algorithm than the key's: HMAC with what is public, and others by name. */
export function* confused(m: Material): Iterable<TortureToken> {
  const { target, header, claims, parts } = m;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: target.x };
  const open = createPublicKey({ key: jwk, format: 'jwk' });
  const secrets: Record<string, string | Uint8Array> = {
    'the bytes of the public key': Buffer.from(target.x, 'base64url'),
    'the text of the public key': target.x,
    'the public JWK': JSON.stringify(jwk),
    'the public JWK with its kid': JSON.stringify({ ...jwk, kid: header.kid }),
    'the public PEM': open.export({ type: 'spki', format: 'pem' }),
    'the public PEM without its last newline': String(
      open.export({ type: 'spki', format: 'pem' }),
    ).trim(),
    'the public DER': open.export({ type: 'spki', format: 'der' }),
    'the kid': String(header.kid),
  };
  for (const text of EMPTY_SECRETS) secrets[`the text ${JSON.stringify(text)}`] = text;
  for (const [what, secret] of Object.entries(secrets))
    for (const alg of ['HS256', 'HS384', 'HS512'])
      yield { group: 'alg confusion', name: `${alg} by ${what}`, token: m.hashed(alg, secret) };
  for (const alg of [...ODD, ...OTHERS]) {
    const name = JSON.stringify(alg);
    const head = part({ ...header, alg });
    const good = `${head}.${part(claims)}.${parts[2]}`;
    yield { group: 'alg confusion', name: `${name} over a good signature`, token: good };
    const token = m.forged({ ...header, alg });
    yield { group: 'alg confusion', name: `${name} by another key`, token };
    if (m.issued)
      yield {
        ...{ group: 'alg confusion', name: `${name} by the right key` },
        token: m.issued({ ...header, alg }),
      };
  }
  for (const [how, text] of Object.entries({
    'none, then the right one': `{"alg":"none","alg":"EdDSA","typ":"${header.typ}","kid":"${header.kid}"}`,
    'the right one, then none': `{"alg":"EdDSA","alg":"none","typ":"${header.typ}","kid":"${header.kid}"}`,
    'the right one twice': `{"alg":"EdDSA","alg":"EdDSA","typ":"${header.typ}","kid":"${header.kid}"}`,
    'an escaped second one': `{"alg":"EdDSA","\\u0061lg":"EdDSA","typ":"${header.typ}","kid":"${header.kid}"}`,
  })) {
    const group = 'duplicate members';
    yield { group, name: `alg: ${how}, by another key`, token: m.forged(text) };
    if (m.issued) yield { group, name: `alg: ${how}, by the right key`, token: m.issued(text) };
  }
}
