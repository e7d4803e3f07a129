// What makes up the service that keeps people's profiles?
import { service } from 'offshoot/service';
import { users as contract } from '../../contracts/users.ts';
import { profiles } from './profile.ts';
import { readMine, readOne } from './read-profile.ts';
import { signUps } from './welcome.ts';

export const users = service(contract, {
  handlers: { me: readMine, get: readOne },
  collections: [profiles],
  subscriptions: [signUps],
});
