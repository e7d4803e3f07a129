// Who may read which profile?
import { refuse } from 'offshoot/contract';
import type { Principal } from 'offshoot/security';
import { queryHandler } from 'offshoot/service';
import { one } from 'offshoot/store';
import { users } from '../../contracts/users.ts';
import { profiles } from './profile.ts';

export const readMine = queryHandler(users.me, {
  load: ({ principal }) => ({ profile: one(profiles, ownId(principal)) }),
  answer: ({ loaded }) => copyOf(loaded.profile?.data) ?? refuse('USER_NOT_FOUND'),
});

export const readOne = queryHandler(users.get, {
  load: ({ input }) => ({ profile: one(profiles, input.userId) }),
  answer({ input, principal, loaded }) {
    // Somebody else's profile looks like none: an answer must not say who exists.
    if (!mayRead(principal, input.userId)) return refuse('USER_NOT_FOUND');
    return copyOf(loaded.profile?.data) ?? refuse('USER_NOT_FOUND');
  },
});

/** A service has no profile, also when a user's id were spelled like its name. */
const ownId = ({ kind, id }: Principal) => (kind === 'user' ? id : '');

export const mayRead = (principal: Principal, userId: string) =>
  principal.kind === 'service' || principal.roles.includes('admin') || ownId(principal) === userId;

const copyOf = <P extends { readonly preferences: object }>(profile: P | undefined) =>
  profile && { ...profile, preferences: { ...profile.preferences } };
