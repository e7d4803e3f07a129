// What makes up the service that knows who is who?
import { service } from 'offshoot/service';
import { identity as contract } from '../../contracts/identity.ts';
import { appoint, appointments } from './appoint.ts';
import { credentials, refreshTokens, revokedFamilies } from './credential.ts';
import { erasures } from './erasure.ts';
import { keySet } from './key-set.ts';
import { logIn } from './log-in.ts';
import { logOut, refresh } from './refresh.ts';
import { listRevocations, revocations } from './revocation.ts';
import { rotate, withdraw } from './rotate.ts';
import { signUp } from './sign-up.ts';
import { signingKeys } from './signing-key.ts';

export const identity = service(contract, {
  handlers: {
    ...{ signup: signUp, login: logIn, refresh, logout: logOut },
    ...{ jwks: keySet, rotate, withdraw, revocations: listRevocations, appoint },
  },
  collections: [
    ...[credentials, refreshTokens, revokedFamilies, revocations],
    ...[signingKeys, appointments],
  ],
  subscriptions: [erasures],
});
