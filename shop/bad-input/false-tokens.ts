// Which tokens must open nothing?
import type { SigningKey } from 'offshoot/runtime';
import { type Claims, issueToken } from 'offshoot/security';
import { ACCESS_TOKEN_TYPE, AUDIENCE, ISSUER } from '../contracts/identity-token.ts';

interface Parts {
  /** Made by the shop for a real customer. */
  readonly good: string;
  /** Made by the shop, and too old. */
  readonly expired: string;
  readonly refreshToken: string;
  /** A key that the shop never saw. */
  readonly foreign: SigningKey;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());

/** Values of the Authorization header by what is wrong with them; undefined = no header. */
export function falseTokens({ good, expired, refreshToken, foreign }: Parts) {
  const [head = '', body = '', signature = ''] = good.split('.');
  const { kid } = decoded(head) as { kid: string };
  const claims = decoded(body) as Claims;
  const asAdmin = { ...claims, roles: ['admin'] };
  const forged = (type: string, more: Partial<Claims> = {}) =>
    `Bearer ${issueToken(foreign, kid, type, { ...asAdmin, iss: ISSUER, aud: AUDIENCE, ...more })}`;
  const unsigned = `${encoded({ alg: 'none', typ: ACCESS_TOKEN_TYPE, kid })}.${encoded(asAdmin)}.`;
  const symmetric = encoded({ alg: 'HS256', typ: ACCESS_TOKEN_TYPE, kid });
  return {
    'no token': undefined,
    'no token after Bearer': 'Bearer ',
    'another scheme': 'Basic YWRtaW46YWRtaW4=',
    'something else': 'Bearer not-a-token',
    'an expired token': `Bearer ${expired}`,
    'a refresh token': `Bearer ${refreshToken}`,
    'a token of a foreign key': forged(ACCESS_TOKEN_TYPE),
    'a foreign token of another kind': forged('offshoot-principal+jwt'),
    'other claims under a good signature': `Bearer ${head}.${encoded(asAdmin)}.${signature}`,
    'a token that nobody signed': `Bearer ${unsigned}`,
    'a token of another algorithm': `Bearer ${symmetric}.${encoded(asAdmin)}.${signature}`,
    'two tokens': `Bearer ${good}, Bearer ${good}`,
    'a very long token': `Bearer ${'x'.repeat(9_000)}`,
  } as const;
}
