// How does somebody get an account?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, one, put } from 'offshoot/store';
import { normalEmail } from '../../contracts/field.ts';
import { identity } from '../../contracts/identity.ts';
import { firstAdmin, rolesOf } from './appoint.ts';
import { type Credential, credentials } from './credential.ts';

const NEWCOMER = { roles: ['customer'], permissions: [] };

export const signUp = commandHandler(identity.signup, {
  async prepare({ input }, reach) {
    const emailHash = reach.lookup(normalEmail(input.email));
    const passwordHash = await reach.cryptography.hashPassword(input.password);
    return { emailHash, passwordHash };
  },
  load: ({ prepared }) => ({
    taken: one(credentials, prepared.emailHash),
    appointed: firstAdmin(),
  }),
  decide({ input, prepared, loaded, id: userId }) {
    if (loaded.taken) return refuse('EMAIL_TAKEN');
    const { email, name } = input;
    const roles = rolesOf(NEWCOMER.roles, prepared.emailHash, loaded.appointed?.data);
    const credential: Credential = { userId, ...prepared, ...NEWCOMER, roles };
    const signedUp = identity.events.signed_up({ userId, email: normalEmail(email), name });
    return {
      appends: [append(`identity/${userId}`, [signedUp], 0)],
      documents: [put(credentials, prepared.emailHash, credential, 0)],
      reply: { userId },
    };
  },
});
