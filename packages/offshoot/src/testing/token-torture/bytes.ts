// Which tokens are nearly a good one?
import { type Material, part, type TortureToken } from './material.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The order of the group of Ed25519, little-endian: S and S + L would be one signature twice. */
const L = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const ED25519_BYTES = 64;

/** Every beginning of a good token, and every one with one character changed. */
export function* cut({ target }: Material): Iterable<TortureToken> {
  const { good } = target;
  for (let length = 0; length < good.length; length += 1)
    yield { group: 'truncated', name: `${length} characters`, token: good.slice(0, length) };
  for (let at = 0; at < good.length; at += 1) {
    const other = good[at] === 'A' ? 'B' : 'A';
    const token = good.slice(0, at) + other + good.slice(at + 1);
    yield { group: 'altered', name: `character ${at}`, token };
  }
}

/** The same bytes in another spelling. */
export function* spelt({ target, parts }: Material): Iterable<TortureToken> {
  const { good } = target;
  const group = 'spelling';
  for (const [index, one] of parts.entries()) {
    const put = (other: string) => parts.map((part, at) => (at === index ? other : part)).join('.');
    const last = one.at(-1) ?? 'A';
    const twin = ALPHABET[ALPHABET.indexOf(last) ^ 1] ?? 'A';
    const where = ['header', 'claims', 'signature'][index];
    const others: Record<string, string> = {
      'one =': `${one}=`,
      'two =': `${one}==`,
      '%3D': `${one}%3D`,
      'a newline behind': `${one}\n`,
      'a space behind': `${one} `,
      'a tab inside': `${one.slice(0, 4)}\t${one.slice(4)}`,
      'a newline inside': `${one.slice(0, 4)}\r\n${one.slice(4)}`,
      'a NUL inside': `${one.slice(0, 4)}\u0000${one.slice(4)}`,
      'another last character': one.slice(0, -1) + twin,
      'a character more': `${one}A`,
      'a * inside': `${one.slice(0, 4)}*${one.slice(5)}`,
      'a wide letter': `${one.slice(0, -1)}\uff21`,
    };
    const classic = one.replaceAll('-', '+').replaceAll('_', '/');
    if (classic !== one) others['the alphabet of base64'] = classic;
    for (const [how, other] of Object.entries(others))
      yield { group, name: `${where}: ${how}`, token: put(other) };
  }
  yield { group, name: 'quotes around', token: `"${good}"` };
  yield { group, name: 'brackets around', token: `<${good}>` };
  yield { group, name: 'commas for dots', token: good.replaceAll('.', ',') };
  yield { group, name: 'wide dots', token: good.replaceAll('.', '\uff0e') };
  yield { group, name: 'encoded dots', token: good.replaceAll('.', '%2E') };
  yield { group, name: 'upper case', token: good.toUpperCase() };
  yield { group, name: 'lower case', token: good.toLowerCase() };
  yield { group, name: 'backwards', token: [...good].reverse().join('') };
}

/** Too many parts, too few, in another order, and the other forms of a signed text. */
export function* shaped(m: Material): Iterable<TortureToken> {
  const [head, body, signature] = m.parts;
  const { good } = m.target;
  const flat = { protected: head, payload: body, signature };
  const shapes: Record<string, string> = {
    nothing: '',
    dots: '..',
    'four dots': '....',
    'a dot before': `.${good}`,
    'a dot behind': `${good}.`,
    'a part more': `${good}.${signature}`,
    'five parts, as encrypted': `${head}.${body}.${signature}.${body}.${signature}`,
    'no header': `.${body}.${signature}`,
    'no body': `${head}..${signature}`,
    'no signature': `${head}.${body}.`,
    'header and body swapped': `${body}.${head}.${signature}`,
    'the signature first': `${signature}.${head}.${body}`,
    'the body twice': `${body}.${body}.${signature}`,
    'the token in a token': m.forged(m.header, { ...m.claims, token: good }),
    'the token as its body': `${head}.${part(good)}.${signature}`,
    'flattened JSON': JSON.stringify(flat),
    'general JSON': JSON.stringify({ payload: body, signatures: [flat] }),
    'JSON without signatures': JSON.stringify({ payload: body, signatures: [] }),
    twice: `${good} ${good}`,
    'twice, with a comma': `${good},${good}`,
    'twice, with a semicolon': `${good};${good}`,
    'with its scheme': `Bearer ${good}`,
  };
  for (const [name, token] of Object.entries(shapes)) yield { group: 'shape', name, token };
  const admin = part({ ...m.claims, sub: 'root', roles: ['admin'] });
  yield {
    group: 'shape',
    name: 'other claims, same signature',
    token: `${head}.${admin}.${signature}`,
  };
  for (const length of [4_097, 8_192, 16_000]) {
    const wide = { ...m.claims, x: 'x'.repeat(length) };
    yield { group: 'huge', name: `${length} by another key`, token: m.forged(m.header, wide) };
    yield { group: 'huge', name: `${length} dots`, token: '.'.repeat(length) };
    yield { group: 'huge', name: `${length} letters`, token: 'A'.repeat(length) };
    if (m.issued)
      yield { group: 'huge', name: `${length} by the right key`, token: m.issued(m.header, wide) };
  }
  const deep = '['.repeat(1_000) + ']'.repeat(1_000);
  yield { group: 'huge', name: 'deep', token: m.forged(`{"alg":"EdDSA","kid":${deep}}`) };
}

/** Signatures that only a lenient verifier takes. */
export function* signatures({ parts }: Material): Iterable<TortureToken> {
  const [head, body, signature] = parts;
  const bytes = Buffer.from(signature, 'base64url');
  const raised = Buffer.from(bytes);
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32, 64)).reverse().toString('hex') || '0'}`) + L;
  Buffer.from(s.toString(16).padStart(64, '0').slice(-64), 'hex').reverse().copy(raised, 32);
  const made: Record<string, Uint8Array> = {
    zeros: Buffer.alloc(ED25519_BYTES),
    ones: Buffer.alloc(ED25519_BYTES, 0xff),
    'S raised by the order of the group': raised,
    'R of the identity, S of zero': Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]),
    'a byte less': bytes.subarray(0, -1),
    'a byte more': Buffer.concat([bytes, Buffer.alloc(1)]),
    'a byte before': Buffer.concat([Buffer.alloc(1), bytes]),
    doubled: Buffer.concat([bytes, bytes]),
    backwards: Buffer.from(bytes).reverse(),
    'R and S swapped': Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]),
    'an empty DER sequence': Buffer.from([0x30, 0]),
    'DER of zeros': Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0]),
    'RSA’s length of zeros': Buffer.alloc(256),
    'one byte': Buffer.alloc(1),
  };
  for (const [name, one] of Object.entries(made)) {
    const token = `${head}.${body}.${Buffer.from(one).toString('base64url')}`;
    yield { group: 'signature', name, token };
  }
  for (let bit = 0; bit < bytes.length * 8; bit += 7) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const token = `${head}.${body}.${flipped.toString('base64url')}`;
    yield { group: 'signature', name: `bit ${bit}`, token };
  }
}
