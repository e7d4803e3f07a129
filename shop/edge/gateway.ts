// What does the shop offer to the world outside, and whose tokens does it believe?
import type { Edge } from 'offshoot/host';
import {
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
  AUDIENCE,
  ISSUER,
} from '../contracts/identity-token.ts';
import { CONTRACTS, identity } from '../contracts/index.ts';

/** Every contract at `/api/v1`; operations between services have no route. */
export const gateway: Edge = {
  contracts: CONTRACTS,
  about: {
    title: 'The shop',
    description: 'Everything that people and programs may ask of the shop.',
    license: 'Apache-2.0',
  },
  tokens: {
    issuer: ISSUER,
    audience: AUDIENCE,
    type: ACCESS_TOKEN_TYPE,
    keys: async (ask) => (await ask(identity.jwks, {})).keys,
    revocations: {
      since: (ask, since) => ask(identity.revocations, { since }),
      lifeSeconds: ACCESS_TOKEN_SECONDS,
    },
  },
};
