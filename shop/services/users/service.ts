// What makes up the service that keeps people's profiles?
import { service } from 'offshoot/service';
import { users as contract } from '../../contracts/users.ts';
import { blockUser, createProfile, updateProfile } from './change-profile.ts';
import { eraseUser, erasures } from './erasure.ts';
import { profiles } from './profile.ts';
import { administerProfiles, listProfiles, readMine, readOne } from './read-profile.ts';
import { signUps } from './welcome.ts';

export const users = service(contract, {
  handlers: {
    me: readMine,
    get: readOne,
    create: createProfile,
    list: listProfiles,
    administer: administerProfiles,
    update: updateProfile,
    block: blockUser,
    erase: eraseUser,
  },
  collections: [profiles],
  subscriptions: [signUps, erasures],
});
