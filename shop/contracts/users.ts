// Who is a user, to themselves and to the rest of the shop?
import { contract, event, personal, query, refusal } from 'offshoot/contract';
import { z } from 'zod';
import { Email, Id, orErased, PersonName } from './field.ts';
import { USUAL } from './limit.ts';

const Profile = z.object({
  userId: Id,
  name: orErased(PersonName),
  email: orErased(Email),
  preferences: z.record(z.string(), z.string()),
  blocked: z.boolean(),
});
export type Profile = z.output<typeof Profile>;

export const users = contract('users', {
  version: 1,
  rateLimit: USUAL,
  noun: 'user',
  operations: {
    me: query('GET /me', {
      summary: 'Your own profile',
      input: z.object({}),
      output: Profile,
      refusals: { USER_NOT_FOUND: refusal(404) },
    }),
    get: query('GET /{userId}', {
      summary: 'A profile: your own, or anybody’s for services and administrators',
      input: z.object({ userId: Id }),
      output: Profile,
      refusals: { USER_NOT_FOUND: refusal(404) },
    }),
  },
  events: {
    created: event({
      version: 1,
      key: 'userId',
      data: z.object({ userId: Id, name: orErased(PersonName), email: orErased(Email) }),
      personal: personal('userId', ['name', 'email']),
    }),
    updated: event({
      version: 1,
      key: 'userId',
      data: z.object({ userId: Id, name: orErased(PersonName) }),
      personal: personal('userId', ['name']),
    }),
    /** May look and log in, but order nothing. */
    blocked: event({ version: 1, key: 'userId', data: z.object({ userId: Id }) }),
    /** The person's key is gone, or about to be: every copy of their data reads as erased. */
    erased: event({ version: 1, key: 'userId', data: z.object({ userId: Id }) }),
  },
});
