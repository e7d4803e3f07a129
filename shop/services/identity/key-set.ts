// With which public keys are access tokens verified?
import { queryHandler } from 'offshoot/service';
import { identity } from '../../contracts/identity.ts';
import { publishedKeys } from './signing-key.ts';

const ED25519 = { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' } as const;

/** Empty until the first login makes the key: nobody holds a token before it. */
export const keySet = queryHandler(identity.jwks, {
  load: () => ({ keys: publishedKeys() }),
  answer: ({ loaded }) => ({
    keys: loaded.keys.map(({ data: { x, kid } }) => ({ ...ED25519, x, kid })),
  }),
});
