// How does a password become tokens?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { one } from 'offshoot/store';
import { normalEmail } from '../../contracts/field.ts';
import { identity } from '../../contracts/identity.ts';
import { credentials } from './credential.ts';
import { keyRing } from './signing-key.ts';
import { issued, secrets } from './token-pair.ts';

/**
 * Nobody's password, with the parameters of everybody's: an address that has no account costs
 * as much time as one that has. A constant, so that the first look at it is like every other.
 */
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$bm9ib2R5IGtub3dzIHRoaXMgcGFzc3dvcmQ6IGV2ZXI';

export const logIn = commandHandler(identity.login, {
  async prepare({ input }, reach) {
    const emailHash = reach.lookup(normalEmail(input.email));
    const found = await reach.read(one(credentials, emailHash));
    const hash = found?.data.passwordHash ?? NOBODY;
    const fits = await reach.cryptography.verifyPassword(input.password, hash);
    if (!found || !fits) return refuse('UNAUTHENTICATED');
    return { credential: found.data, secrets: secrets(reach) };
  },
  load: keyRing,
  // Each login begins a family of refresh tokens.
  decide: ({ prepared, loaded, at, id: family }) =>
    issued({ credential: prepared.credential, family, at }, prepared.secrets, loaded),
});
