// Which tokens say what no token may say, signed as it should be?
import { type Material, part, type TortureToken } from './material.ts';

/** Members that are left out, of another kind, or out of their range. */
const WRONG = (now: number): Readonly<Record<string, readonly unknown[]>> => ({
  exp: [
    ...[undefined, null, '', 'x', String(now + 900), [now + 900], {}, true, false],
    ...[0, -1, 1, now - 6, now - 3_600, now - 1e9],
    ...[now + 10 * 365 * 86_400, now * 1_000, 1e15, 1e308, Number.MAX_SAFE_INTEGER],
  ],
  iat: [
    ...[undefined, null, '', 'x', String(now), [now], {}, true],
    ...[now + 60, now + 3_600, now * 1_000, 1e15, 1e308, -1e15],
  ],
  nbf: [null, '', 'x', String(now), [now], {}, true, now + 60, now + 3_600, now * 1_000, 1e308],
  sub: [undefined, null, '', 0, 1, true, [], ['root'], {}, { id: 'root' }],
  iss: [undefined, null, '', 0, true, [], {}, 'https://evil.example'],
  aud: [undefined, null, '', 0, true, [], {}, 'elsewhere', ['elsewhere']],
});

const near = (value: unknown): readonly unknown[] => {
  const text = String(value);
  return [
    ...[`${text}/`, `${text} `, ` ${text}`, `${text}\u0000`, `${text}.evil.example`],
    ...[text.slice(0, -1), text.toUpperCase(), [text, 'elsewhere'], [text, text], { 0: text }],
  ].filter((one) => one !== value);
};

const written = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));

/** Needs the issuer's signature: nobody else's claims are even looked at. */
export function* claims(m: Material): Iterable<TortureToken> {
  const { issued, header, claims: good } = m;
  if (!issued) return;
  const wrong = WRONG(m.target.now);
  const all = {
    ...wrong,
    iss: [...(wrong.iss ?? []), ...near(good.iss)],
    aud: [...(wrong.aud ?? []), ...near(good.aud)],
  };
  for (const [name, values] of Object.entries(all))
    for (const value of values)
      yield {
        ...{ group: name, name: `${name} ${written(value)}` },
        token: issued(header, { ...good, [name]: value }),
      };
  for (const body of ['[]', '[{}]', 'null', '1', '"x"', 'true', '{', '', '{}', '{}{}', '{} x'])
    yield { group: 'body', name: body || 'nothing', token: issued(header, body) };
}

const twice = (text: string, member: string) => `{${member},${text.slice(1)}`;
const bytesPart = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** The same member twice, and texts that are no JSON or no UTF-8. */
export function* texts(m: Material): Iterable<TortureToken> {
  const { target, claims: good, header, parts } = m;
  const text = JSON.stringify(good);
  const later = target.now + 1e6;
  const doubles: Record<string, string> = {
    'sub first': twice(text, '"sub":"root"'),
    'sub last': `${text.slice(0, -1)},"sub":"root"}`,
    'sub escaped': `${text.slice(0, -1)},"\\u0073ub":"root"}`,
    'exp last': `${text.slice(0, -1)},"exp":${later}}`,
    'roles last': `${text.slice(0, -1)},"roles":["admin"],"roles":["admin"]}`,
    'nested twice': `${text.slice(0, -1)},"x":{"a":1,"a":2}}`,
    'the same twice': `${text.slice(0, -1)},"iss":${JSON.stringify(good.iss)}}`,
    'prototype twice': `${text.slice(0, -1)},"__proto__":{"a":1},"__proto__":{"roles":["admin"]}}`,
  };
  const odd: Record<string, Uint8Array> = {
    'an invalid byte': Buffer.from(text.replace('{', '{"x":"\u0001",'), 'latin1').map((byte) =>
      byte === 1 ? 0xff : byte,
    ),
    'half a character': Buffer.concat([
      Buffer.from(text.slice(0, -1)),
      Buffer.from(',"x":"\xc3"}', 'latin1'),
    ]),
    'an overlong dot': Buffer.concat([
      Buffer.from(text.slice(0, -1)),
      Buffer.from(',"x":"\xc0\xae"}', 'latin1'),
    ]),
    'a byte order mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
    'UTF-16': Buffer.from(text, 'utf16le'),
    'a NUL behind': Buffer.from(`${text}\u0000`),
    'a comment': Buffer.from(text.replace('{', '{/**/')),
    'a comma behind': Buffer.from(`${text.slice(0, -1)},}`),
    'single quotes': Buffer.from(text.replaceAll('"', "'")),
    'a raw newline in a text': Buffer.from(text.replace('"sub":"', '"sub":"\n')),
  };
  const { sign } = target;
  const whole = (body: string) => {
    const head = `${part(header)}.${body}`;
    const signature = sign ? bytesPart(sign(head)) : parts[2];
    return `${head}.${signature}`;
  };
  for (const [name, body] of Object.entries(doubles))
    yield { group: 'duplicate members', name, token: whole(part(body)) };
  for (const [name, bytes] of Object.entries(odd))
    yield { group: 'text', name, token: whole(bytesPart(bytes)) };
}
