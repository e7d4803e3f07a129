// Who may read which profile?
import { refuse } from 'offshoot/contract';
import type { Principal } from 'offshoot/security';
import { queryHandler } from 'offshoot/service';
import { type Document, every, one } from 'offshoot/store';
import { users } from '../../contracts/users.ts';
import { isAdmin, ownId, type Profile, profiles, shown } from './profile.ts';

export const readMine = queryHandler(users.me, {
  load: ({ principal }) => ({ profile: one(profiles, ownId(principal)) }),
  answer({ loaded: { profile } }) {
    // A token lives on for a while after its person was erased, who is nobody then: as in `update`.
    return profile && !profile.data.erased ? shown(profile) : refuse('USER_NOT_FOUND');
  },
});

export const readOne = queryHandler(users.get, {
  load: ({ input }) => ({ profile: one(profiles, input.userId) }),
  answer({ input, principal, loaded }) {
    // Somebody else's profile looks like none: an answer must not say who exists.
    if (!mayRead(principal, input.userId)) return refuse('USER_NOT_FOUND');
    return loaded.profile ? shown(loaded.profile) : refuse('USER_NOT_FOUND');
  },
});

interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

// One more than asked for says whether there is a next page.
const pageOf = ({ limit, cursor = '' }: Page) => ({
  found: every(profiles, { limit: limit + 1, after: cursor }),
});

function answerOf({ limit }: Page, found: readonly Document<Profile>[]) {
  const items = found.slice(0, limit).map(shown);
  return { items, next: found.length > limit ? (items.at(-1)?.userId ?? null) : null };
}

export const listProfiles = queryHandler(users.list, {
  prepare: async ({ principal }) => (mayReadAll(principal) ? undefined : refuse('FORBIDDEN')),
  load: ({ input }) => pageOf(input),
  answer: ({ input, loaded }) => answerOf(input, loaded.found),
});

export const administerProfiles = queryHandler(users.administer, {
  load: ({ input }) => pageOf(input),
  answer: ({ input, loaded }) => answerOf(input, loaded.found),
});

const mayReadAll = (principal: Principal) => principal.kind === 'service' || isAdmin(principal);

export const mayRead = (principal: Principal, userId: string) =>
  mayReadAll(principal) || ownId(principal) === userId;
