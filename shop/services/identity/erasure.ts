// What becomes of an account when its person is erased?
import { on, subscription } from 'offshoot/messaging';
import { remove, where } from 'offshoot/store';
import { users } from '../../contracts/users.ts';
import { credentials } from './credential.ts';

/** Without its credential an account has no login and no refresh; access tokens end by themselves. */
export const erasures = subscription('erasures', [
  on(users.events.erased, {
    load: ({ event }) => ({ accounts: where(credentials, 'userId', event.data.userId) }),
    decide: ({ loaded }) => ({
      documents: loaded.accounts.map(({ id }) => remove(credentials, id)),
    }),
  }),
]);
