// What does the shop know about a person?
import type { Erased } from 'offshoot/contract';
import { collection } from 'offshoot/store';

export interface Profile {
  readonly userId: string;
  readonly name: string | Erased;
  readonly email: string | Erased;
  readonly preferences: Readonly<Record<string, string>>;
  readonly blocked: boolean;
}

export const profiles = collection<Profile>('profiles', {
  personal: { subject: 'userId', fields: ['name', 'email'] },
});
