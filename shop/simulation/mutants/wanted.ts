// Which bugs must the simulation find, or else it proves little? The list came before the patches.
import type { Wanted } from './mutant.ts';
import { DURABILITY } from './wanted-durability.ts';
import { MESSAGING } from './wanted-messaging.ts';
import { SAGAS } from './wanted-sagas.ts';
import { SHOP } from './wanted-shop.ts';

export const WANTED: readonly Wanted[] = [...MESSAGING, ...DURABILITY, ...SAGAS, ...SHOP];
