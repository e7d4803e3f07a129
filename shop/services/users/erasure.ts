// How is a person forgotten, everywhere, and not before it is decided for good?
import { ERASED, refuse } from 'offshoot/contract';
import { on, subscription } from 'offshoot/messaging';
import { commandHandler } from 'offshoot/service';
import { append, one, put } from 'offshoot/store';
import { users } from '../../contracts/users.ts';
import { type Profile, profiles } from './profile.ts';
import { mayRead } from './read-profile.ts';

/** Decides it: the fact is durable before anything is lost. Erasing again changes nothing. */
export const eraseUser = commandHandler(users.erase, {
  load: ({ input }) => ({ profile: one(profiles, input.userId) }),
  decide({ input: { userId }, principal, loaded: { profile } }) {
    if (!profile || !mayRead(principal, userId)) return refuse('USER_NOT_FOUND');
    if (profile.data.erased) return { reply: { userId } };
    const { blocked } = profile.data;
    const gone = { name: ERASED, email: ERASED, emailHash: null, preferences: ERASED };
    const data: Profile = { userId, ...gone, blocked, erased: true };
    return {
      appends: [append(`user/${userId}`, [users.events.erased({ userId })])],
      documents: [put(profiles, userId, data, profile.revision)],
      reply: { userId },
    };
  },
});

/** Does it: a crash in between finds the fact here again, and forgetting twice is forgetting. */
export const erasures = subscription('erasures', [
  on(users.events.erased, {
    prepare: ({ event }, reach) => reach.forget(event.data.userId),
    decide: () => undefined,
  }),
]);
