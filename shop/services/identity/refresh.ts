// How does a session go on without the password, and how does it end?
import { refuse } from 'offshoot/contract';
import { commandHandler, recorded } from 'offshoot/service';
import { andThen, type Document, map, one, put } from 'offshoot/store';
import { identity } from '../../contracts/identity.ts';
import { credentials, type RefreshToken, refreshTokens, revokedFamilies } from './credential.ts';
import { revocation } from './revocation.ts';
import { keyRing } from './signing-key.ts';
import { fingerprintOf, issued, secrets } from './token-pair.ts';

const tokenOf = (fingerprint: string) => one(refreshTokens, fingerprint);

/** The end of the session that a token belongs to, whatever became of the token. `id`: the unit's. */
const revoked = ({ data: { userId, family } }: Document<RefreshToken>, at: number, id: string) => [
  put(revokedFamilies, family, { userId, at }),
  revocation(id, 'session', family, at),
];

/** Not there, never used with a family, or too old: all look the same to who sent it. */
const isGood = (token: Document<RefreshToken> | undefined, at: number) =>
  token?.data.family !== undefined && token.data.expires > at;

export const refresh = commandHandler(identity.refresh, {
  async prepare({ input }, reach) {
    const made = secrets(reach);
    return { fingerprint: fingerprintOf(made.cryptography, input.refreshToken), secrets: made };
  },
  load: ({ prepared: { fingerprint } }) => ({
    ...keyRing(),
    token: tokenOf(fingerprint),
    isRevoked: andThen(tokenOf(fingerprint), (token) =>
      map(one(revokedFamilies, token?.data.family ?? ''), (family) => family !== undefined),
    ),
    credential: andThen(tokenOf(fingerprint), (token) =>
      one(credentials, token?.data.emailHash ?? ''),
    ),
  }),
  decide({ prepared, loaded, at, id }) {
    const { token, isRevoked, credential } = loaded;
    const no = refuse('UNAUTHENTICATED');
    if (!token || !credential || !isGood(token, at) || isRevoked) return no;
    // Used before: by its holder or by a thief, and nobody can say who is who. Both log in again.
    if (token.data.isUsed) return recorded(no, { documents: revoked(token, at, id) });
    const used = put(refreshTokens, token.id, { ...token.data, isUsed: true }, token.revision);
    const { family } = token.data;
    const pair = issued({ credential: credential.data, family, at }, prepared.secrets, loaded);
    return { ...pair, documents: [used, ...pair.documents] };
  },
});

/** Says the same to a token that nobody knows: there is nothing to find out here (RFC 7009). */
export const logOut = commandHandler(identity.logout, {
  prepare: async ({ input }, { cryptography }) => ({
    fingerprint: fingerprintOf(cryptography, input.refreshToken),
  }),
  load: ({ prepared }) => ({ token: tokenOf(prepared.fingerprint) }),
  decide({ loaded: { token }, at, id }) {
    const isKnown = token?.data.family !== undefined;
    return { documents: isKnown ? revoked(token, at, id) : [], reply: {} };
  },
});
