// Which tokens try to choose the key, or what else is done with their header?
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { Material, TortureToken } from './material.ts';

const KIDS: readonly unknown[] = [
  ...['', ' ', '.', '..', '../../../../dev/null', '..\\..\\nul', '/dev/null', 'file:///dev/null'],
  ...['/proc/self/environ', 'https://evil.example/jwks.json', 'http://169.254.169.254/', '//evil'],
  ..."x' OR '1'='1|x'; DROP TABLE keys; --|x' UNION SELECT 'AA'--|\"; exit; \"".split('|'),
  ...['$(id)', '`id`', '| id', '; id', '%00', '\u0000', 'k\u0000', '%2e%2e%2f', '{{7*7}}'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length', '0'],
  ...['*', '.*', '(a+)+$', 'null', 'undefined', 'NaN', '\u202e', '\ufeff', '\n', '\r\n'],
  ...['k'.repeat(65), 'k'.repeat(1_024), '\u{1f511}'.repeat(40)],
  ...[null, 0, 1, -1, true, false, [], ['x'], {}, { toString: 'k1' }, { $ne: null }],
];

/** Names of keys that are none, signed by a key that the verifier never saw. */
export function* kids(m: Material): Iterable<TortureToken> {
  const known = String(m.header.kid);
  const near = [` ${known}`, `${known} `, `${known}\u0000`, known.toUpperCase(), `${known}/`];
  const changed = near.filter((kid) => kid !== known);
  for (const kid of [...KIDS, ...changed, [known], { kid: known }]) {
    const text = JSON.stringify(kid);
    const name = text.length > 60 ? `${text.slice(0, 8)}… of ${text.length}` : text;
    const header = { ...m.header, kid };
    yield { group: 'kid', name: `${name} by another key`, token: m.forged(header) };
    yield { group: 'kid', name: `${name} by no secret`, token: m.hashed('HS256', '', { kid }) };
    if (m.issued) yield { group: 'kid', name: `${name} by the right key`, token: m.issued(header) };
  }
  const { kid: _, ...nameless } = m.header;
  yield { group: 'kid', name: 'absent, by another key', token: m.forged(nameless) };
  yield { group: 'kid', name: 'the known one, by another key', token: m.forged(m.header) };
  if (m.issued) yield { group: 'kid', name: 'absent, by the right key', token: m.issued(nameless) };
}

/** Headers that bring a key, or ask for something else to be done. */
export function* headers(m: Material): Iterable<TortureToken> {
  const own = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as JsonWebKey;
  const url = 'https://evil.example/keys';
  const extras: readonly (readonly [string, Record<string, unknown>])[] = [
    ['a key of its own', { jwk: own }],
    ['a private key', { jwk: { ...own, d: 'AAAA' } }],
    ['a symmetric key', { jwk: { kty: 'oct', k: '' } }],
    ['a null key', { jwk: null }],
    ['an address of keys', { jku: url }],
    ['an address of a certificate', { x5u: url }],
    ['a certificate', { x5c: ['MIIB'] }],
    ['no certificates', { x5c: [] }],
    ['a must-understand', { crit: ['exp'] }],
    ['an empty must-understand', { crit: [] }],
    ['a must-understand of what it has', { crit: ['kid'] }],
    ['a must-understand b64', { crit: ['b64'], b64: false }],
    ['an unencoded body', { b64: false }],
    ['an encoded body', { b64: true }],
    ['compression', { zip: 'DEF' }],
    ['encryption', { enc: 'A256GCM' }],
    ['a password count', { p2c: 2_147_483_647, p2s: 'AA' }],
    ['an ephemeral key', { epk: own }],
  ];
  for (const [what, extra] of extras) {
    const header = { ...m.header, ...extra };
    yield { group: 'header', name: `${what}, by another key`, token: m.forged(header) };
    if (m.issued)
      yield { group: 'header', name: `${what}, by the right key`, token: m.issued(header) };
  }
  const types = ['', 'JWT', 'jwt', 'rt+jwt', 'svc+jwt', 'prc+jwt', 'at+jwt ', 'application/at+jwt'];
  const typed = [...types, `${m.header.typ}\u0000`, [m.header.typ], { typ: 'at+jwt' }, null, 1];
  for (const typ of typed) {
    const header = { ...m.header, typ };
    const name = JSON.stringify(typ);
    yield { group: 'typ', name: `${name} by another key`, token: m.forged(header) };
    if (m.issued) yield { group: 'typ', name: `${name} by the right key`, token: m.issued(header) };
  }
  if (!m.issued) return;
  const { typ: _, ...untyped } = m.header;
  yield { group: 'typ', name: 'absent, by the right key', token: m.issued(untyped) };
  for (const what of ['[]', '[{}]', '"x"', '1', 'null', 'true', '', '{', '{}', '{"alg":"EdDSA"'])
    yield { group: 'header', name: `${what || 'nothing'} by the right key`, token: m.issued(what) };
}
