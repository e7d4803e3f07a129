// Who are you? Sign-up, login, and the keys that access tokens are verified with.
import {
  anyone,
  command,
  contract,
  event,
  fromService,
  personal,
  query,
  refusal,
  role,
} from 'offshoot/contract';
import { z } from 'zod';
import { Email, Id, orErased, PersonName } from './field.ts';
import { perAddress, USUAL } from './limit.ts';

const Password = z.string().min(8).max(200);

const SigningKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal('EdDSA'),
});

const Tokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Of the access token, seconds. */
  expiresIn: z.int(),
});
const tokens = {
  accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
  refreshToken: 'bm90LWEtcmVhbC1yZWZyZXNoLXRva2VuLWF0LWFsbA',
  expiresIn: 900,
};
const { refreshToken } = tokens;
const account = { email: 'ada@example.com', password: 'correct horse battery' };

const RefreshToken = z.strictObject({ refreshToken: z.string().min(1).max(200) });

export const identity = contract('identity', {
  version: 1,
  summary: 'Accounts, sessions and the keys of access tokens',
  rateLimit: USUAL,
  noun: 'identity',
  at: 'auth',
  operations: {
    signup: command('POST /signup', {
      summary: 'Open an account',
      input: z.strictObject({ email: Email, password: Password, name: PersonName }),
      output: z.object({ userId: Id }),
      refusals: { EMAIL_TAKEN: refusal(409) },
      access: anyone(),
      rateLimit: perAddress(600),
      status: 201,
      location: '/api/v1/users/me',
      example: {
        input: { ...account, name: 'Ada Byron' },
        output: { userId: '01936f3e-8c5a-7d10-9f2b-3c4d5e6f7a8b' },
      },
    }),
    login: command('POST /login', {
      summary: 'Exchange e-mail and password for tokens',
      // Not the rules of sign-up: a login says only whether it fits, never why not.
      input: z.strictObject({ email: z.string().max(254), password: z.string().max(200) }),
      output: Tokens,
      refusals: { UNAUTHENTICATED: refusal(401) },
      access: anyone(),
      rateLimit: perAddress(600),
      criticality: 'critical',
      example: { input: account, output: tokens },
    }),
    refresh: command('POST /refresh', {
      summary: 'Exchange a refresh token, once, for a new pair; a second use ends the session',
      input: RefreshToken,
      output: Tokens,
      refusals: { UNAUTHENTICATED: refusal(401) },
      access: anyone(),
      rateLimit: perAddress(600),
      criticality: 'critical',
      example: { input: { refreshToken }, output: tokens },
    }),
    logout: command('POST /logout', {
      summary: 'End the session of a refresh token',
      input: RefreshToken,
      output: z.object({}),
      access: anyone(),
      rateLimit: perAddress(600),
      status: 204,
      example: { input: { refreshToken } },
    }),
    jwks: query('GET /jwks', {
      summary: 'Public keys of access tokens (RFC 7517); empty before the first login',
      input: z.object({}),
      output: z.object({ keys: z.array(SigningKey) }),
      access: anyone(),
      criticality: 'critical',
    }),
    rotate: command('POST /keys', {
      summary:
        'Publish the next key of access tokens; it signs later, when every verifier knows it',
      input: z.strictObject({ afterSeconds: z.int().min(5).max(86_400).default(600) }),
      output: z.object({ kid: z.string(), signsFrom: z.int() }),
      access: role('admin'),
      example: {
        input: { afterSeconds: 600 },
        output: { kid: '01936f3e-8c5a-7d10-9f2b-3c4d5e6f7a8b', signsFrom: 1_767_225_600_000 },
      },
    }),
    withdraw: command('POST /keys/withdrawal', {
      summary: 'Believe no key of before, nowhere: everybody logs in again',
      input: z.strictObject({}),
      output: z.object({ kid: z.string() }),
      access: fromService('identity'),
    }),
    revocations: query('GET /revocations', {
      summary: 'Which sessions ended since a time, and which keys are believed',
      input: z.object({ since: z.int().min(0) }),
      output: z.object({
        revoked: z.array(
          z.object({ kind: z.enum(['session', 'user']), id: z.string(), at: z.int() }),
        ),
        more: z.boolean(),
        kids: z.array(z.string()),
      }),
      access: fromService('edge'),
      criticality: 'critical',
    }),
    appoint: command('POST /administrators', {
      summary: 'Name the e-mail whose account is the first administrator',
      input: z.strictObject({ email: Email }),
      output: z.object({}),
      access: fromService('identity'),
    }),
  },
  events: {
    signed_up: event({
      version: 1,
      key: 'userId',
      data: z.object({ userId: Id, email: orErased(Email), name: orErased(PersonName) }),
      personal: personal('userId', ['email', 'name']),
    }),
  },
});
