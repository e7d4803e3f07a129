// What does the shop know about a person?
import { type Erased, isErased } from 'offshoot/contract';
import type { Principal } from 'offshoot/security';
import { collection, type Document } from 'offshoot/store';
import type { Profile as Shown } from '../../contracts/users.ts';

export interface Profile {
  readonly userId: string;
  readonly name: string | Erased;
  readonly email: string | Erased;
  /** Keyed, to find out whether an address has a profile; null once erased. */
  readonly emailHash?: string | null;
  readonly preferences: Readonly<Record<string, string>> | Erased;
  readonly blocked: boolean;
  readonly erased?: boolean;
}

export const profiles = collection<Profile>('profiles', {
  indexes: ['emailHash'],
  personal: { subject: 'userId', fields: ['name', 'email', 'preferences'] },
});

/** A service has no profile, also when a user's id were spelled like its name. */
export const ownId = ({ kind, id }: Principal) => (kind === 'user' ? id : '');

export const isAdmin = (principal: Principal) => principal.roles.includes('admin');

/** What others may see of it, which is a copy. */
export function shown({ data, revision }: Document<Profile>): Shown {
  const { userId, name, email, preferences, blocked } = data;
  const copy = isErased(preferences) ? preferences : { ...preferences };
  return { userId, name, email, preferences: copy, blocked, revision };
}
