// How does an account get its profile?
import { on, subscription } from 'offshoot/messaging';
import { append, one, put } from 'offshoot/store';
import { normalEmail } from '../../contracts/field.ts';
import { identity } from '../../contracts/identity.ts';
import { users } from '../../contracts/users.ts';
import { profiles } from './profile.ts';

export const signUps = subscription('sign-ups', [
  on(identity.events.signed_up, {
    prepare: async ({ event }, reach) => {
      const { email } = event.data;
      return { emailHash: typeof email === 'string' ? reach.lookup(normalEmail(email)) : null };
    },
    load: ({ event }) => ({ profile: one(profiles, event.data.userId) }),
    decide({ event, prepared, loaded }) {
      if (loaded.profile) return undefined;
      const { userId, name, email } = event.data;
      const profile = { userId, name, email, ...prepared, preferences: {}, blocked: false };
      return {
        appends: [append(`user/${userId}`, [users.events.created({ userId, name, email })], 0)],
        documents: [put(profiles, userId, profile, 0)],
      };
    },
  }),
]);
