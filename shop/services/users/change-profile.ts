// How does a profile come about without an account, and how does it change?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, one, put, where } from 'offshoot/store';
import { normalEmail } from '../../contracts/field.ts';
import { users } from '../../contracts/users.ts';
import { ownId, type Profile, profiles, shown } from './profile.ts';

export const createProfile = commandHandler(users.create, {
  prepare: async ({ input }, reach) => ({ emailHash: reach.lookup(normalEmail(input.email)) }),
  load: ({ prepared }) => ({
    taken: where(profiles, 'emailHash', prepared.emailHash, { limit: 1 }),
  }),
  decide({ input, prepared: { emailHash }, loaded, id: userId }) {
    if (loaded.taken.length > 0) return refuse('EMAIL_TAKEN');
    const about = { userId, name: input.name, email: normalEmail(input.email) };
    const profile: Profile = { ...about, emailHash, preferences: {}, blocked: false };
    return {
      appends: [append(`user/${userId}`, [users.events.created(about)], 0)],
      documents: [put(profiles, userId, profile, 0)],
      reply: { userId },
    };
  },
});

export const updateProfile = commandHandler(users.update, {
  load: ({ principal }) => ({ profile: one(profiles, ownId(principal)) }),
  decide({ input, loaded: { profile } }) {
    if (!profile || profile.data.erased) return refuse('USER_NOT_FOUND');
    const { ifMatch, name = profile.data.name, preferences = profile.data.preferences } = input;
    const isCurrent = ifMatch.includes('*') || ifMatch.includes(String(profile.revision));
    if (!isCurrent) return refuse('PRECONDITION_FAILED');
    const { userId } = profile.data;
    const data: Profile = { ...profile.data, name, preferences };
    return {
      appends: [append(`user/${userId}`, [users.events.updated({ userId, name })])],
      documents: [put(profiles, userId, data, profile.revision)],
      reply: shown({ ...profile, data, revision: profile.revision + 1 }),
    };
  },
});

/** Blocking who is blocked changes nothing. */
export const blockUser = commandHandler(users.block, {
  load: ({ input }) => ({ profile: one(profiles, input.userId) }),
  decide({ input: { userId }, loaded: { profile } }) {
    if (!profile) return refuse('USER_NOT_FOUND');
    const reply = { userId, blocked: true };
    if (profile.data.blocked) return { reply };
    return {
      appends: [append(`user/${userId}`, [users.events.blocked({ userId })])],
      documents: [put(profiles, userId, { ...profile.data, blocked: true }, profile.revision)],
      reply,
    };
  },
});
