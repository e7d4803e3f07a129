// Which patches are there, by name?
import { EQUIVALENTS } from './equivalents.ts';
import type { Patch } from './mutant.ts';
import { PLANTED_DURABILITY } from './planted-durability.ts';
import { PLANTED_MESSAGING } from './planted-messaging.ts';
import { PLANTED_SAGAS } from './planted-sagas.ts';
import { PLANTED_SHOP } from './planted-shop.ts';

/** Bugs: each breaks a promise. */
export const PLANTED: readonly Patch[] = [
  ...PLANTED_MESSAGING,
  ...PLANTED_DURABILITY,
  ...PLANTED_SAGAS,
  ...PLANTED_SHOP,
];

/** The bug or the harmless change of this name. Throws when there is none. */
export function patchNamed(name: string): Patch {
  const found = [...PLANTED, ...EQUIVALENTS].find((one) => one.name === name);
  if (found) return found;
  throw new Error(`no mutant is called '${name}'`);
}
