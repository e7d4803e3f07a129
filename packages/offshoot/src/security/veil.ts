// What may somebody see of personal data whose business it is not?
import { ERASED, type Erased } from '../contract/index.ts';
import type { Keyring } from './keyring.ts';
import { isSealed } from './sealer.ts';

/** Stands where a personal field is: whose it is, and not what it says. */
export interface Veiled {
  readonly sealed: true;
  readonly subject: string;
}

/** The data as stored, each sealed field replaced by a mark that says whose, or `Erased`. */
export function veil(data: unknown, keyring: Pick<Keyring, 'find'>): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const hide = (value: unknown): unknown =>
    isSealed(value) ? mark(value.subject, keyring) : value;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, hide(value)]));
}

const mark = (subject: string, keyring: Pick<Keyring, 'find'>): Veiled | Erased =>
  keyring.find(subject) === 'erased' ? ERASED : { sealed: true, subject };
