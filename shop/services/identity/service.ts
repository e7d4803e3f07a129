// What makes up the service that knows who is who?
import { service } from 'offshoot/service';
import { identity as contract } from '../../contracts/identity.ts';
import { credentials, refreshTokens } from './credential.ts';
import { keySet } from './key-set.ts';
import { logIn } from './log-in.ts';
import { signUp } from './sign-up.ts';
import { signingKeys } from './signing-key.ts';

export const identity = service(contract, {
  handlers: { signup: signUp, login: logIn, jwks: keySet },
  collections: [credentials, refreshTokens, signingKeys],
});
