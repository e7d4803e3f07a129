// Who is a user, to themselves and to the rest of the shop?
import {
  authenticated,
  command,
  contract,
  event,
  personal,
  query,
  refusal,
  role,
} from 'offshoot/contract';
import { z } from 'zod';
import { Email, Id, orErased, PersonName, page } from './field.ts';
import { USUAL } from './limit.ts';

const PREFERENCES_MAX = 50;
const Preferences = z
  .record(z.string().min(1).max(64), z.string().max(200))
  .refine((all) => Object.keys(all).length <= PREFERENCES_MAX, `at most ${PREFERENCES_MAX}`);

const Profile = z.object({
  userId: Id,
  name: orErased(PersonName),
  email: orErased(Email),
  preferences: orErased(z.record(z.string(), z.string())),
  blocked: z.boolean(),
  /** The profile's ETag: send it as If-Match with a change. */
  revision: z.int(),
});
export type Profile = z.output<typeof Profile>;
const Profiles = z.object({ items: z.array(Profile), next: z.string().nullable() });

const example = {
  output: {
    userId: '01936f3e-8c5a-7d10-9f2b-3c4d5e6f7a8b',
    name: 'Ada Byron',
    email: 'ada@example.com',
    preferences: { newsletter: 'weekly' },
    blocked: false,
    revision: 3,
  },
};
const person = { userId: example.output.userId };
const pageExample = { input: { limit: 20 }, output: { items: [example.output], next: null } };

export const users = contract('users', {
  version: 1,
  summary: 'People and their profiles',
  rateLimit: USUAL,
  noun: 'user',
  operations: {
    me: query('GET /me', {
      summary: 'Your own profile',
      input: z.object({}),
      output: Profile,
      access: authenticated(),
      refusals: { USER_NOT_FOUND: refusal(404) },
      etag: 'revision',
      example,
    }),
    get: query('GET /{userId}', {
      summary: 'A profile: your own, or anybody’s for services and administrators',
      input: z.object({ userId: Id }),
      output: Profile,
      access: authenticated(),
      refusals: { USER_NOT_FOUND: refusal(404) },
      etag: 'revision',
      example: { input: person, ...example },
    }),
    create: command('POST /', {
      summary: 'A profile for somebody who has no account yet',
      input: z.strictObject({ email: Email, name: PersonName }),
      output: z.object({ userId: Id }),
      refusals: { EMAIL_TAKEN: refusal(409) },
      access: role('admin'),
      status: 201,
      location: '/api/v1/users/{userId}',
      example: { input: { email: 'ada@example.com', name: 'Ada Byron' }, output: person },
    }),
    list: query('GET /', {
      summary: 'Everybody, a page at a time, for services and administrators',
      input: z.object(page),
      output: Profiles,
      access: authenticated(),
      refusals: { FORBIDDEN: refusal(403) },
      criticality: 'sheddable',
      example: pageExample,
    }),
    administer: query('GET /', {
      summary: 'Everybody, a page at a time, for administrators',
      at: 'admin/users',
      input: z.object(page),
      output: Profiles,
      access: role('admin'),
      criticality: 'sheddable',
      example: pageExample,
    }),
    update: command('PATCH /me', {
      summary: 'Change your name or your preferences; what is left out stays as it is',
      input: z.strictObject({
        name: PersonName.optional(),
        preferences: Preferences.optional(),
        ifMatch: z.array(z.string().max(40)).max(10),
      }),
      output: Profile,
      access: authenticated(),
      refusals: { USER_NOT_FOUND: refusal(404), PRECONDITION_FAILED: refusal(412) },
      ifMatch: 'ifMatch',
      example: { input: { preferences: { newsletter: 'weekly' } }, ...example },
    }),
    block: command('POST /{userId}/block', {
      summary: 'Let somebody order nothing any more',
      input: z.strictObject({ userId: Id }),
      output: z.object({ userId: Id, blocked: z.boolean() }),
      refusals: { USER_NOT_FOUND: refusal(404) },
      access: role('admin'),
      example: { input: person, output: { ...person, blocked: true } },
    }),
    erase: command('DELETE /{userId}', {
      summary: 'Erase a person, yourself or by an administrator: every copy of what is personal',
      input: z.object({ userId: Id }),
      output: z.object({ userId: Id }),
      access: authenticated(),
      refusals: { USER_NOT_FOUND: refusal(404) },
      // The decision is durable; the person's key goes in the next moment.
      status: 202,
      example: { input: person, output: person },
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
