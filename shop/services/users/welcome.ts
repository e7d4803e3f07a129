// How does an account get its profile?
import { on, subscription } from 'offshoot/messaging';
import { append, one, put } from 'offshoot/store';
import { identity } from '../../contracts/identity.ts';
import { users } from '../../contracts/users.ts';
import { profiles } from './profile.ts';

export const signUps = subscription('sign-ups', [
  on(identity.events.signed_up, {
    load: ({ event }) => ({ profile: one(profiles, event.data.userId) }),
    decide({ event, loaded }) {
      if (loaded.profile) return undefined;
      const { userId, name, email } = event.data;
      const profile = { userId, name, email, preferences: {}, blocked: false };
      return {
        appends: [append(`user/${userId}`, [users.events.created({ userId, name, email })], 0)],
        documents: [put(profiles, userId, profile, 0)],
      };
    },
  }),
]);
