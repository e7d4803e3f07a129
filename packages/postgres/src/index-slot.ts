// How are the declared fields of any collection looked up in one table of documents?

import type { Cryptography } from 'offshoot/runtime';
import type { Collection } from 'offshoot/store';

/** Columns `k1` to `k6` hold what a collection's fields have; which field has which is a table. */
export const SLOTS = [1, 2, 3, 4, 5, 6] as const;

const VALUE_MAX = 100;
const KEPT = 60;

/** Fields of one collection by slot. */
export type Slots = ReadonlyMap<string, number>;

/**
 * The text of an indexed value: JSON, so that '5' and 5 differ; what is absent is null. Values over
 * 100 characters are cut and told apart by their SHA-256, so that an index row always fits.
 */
export function indexText(value: unknown, cryptography: Cryptography): string {
  const plain = typeof value === 'boolean' ? Number(value) : value; // as the embedded store has it
  const text = JSON.stringify(plain ?? null) ?? 'null';
  if (text.length <= VALUE_MAX) return text;
  return `${text.slice(0, KEPT)}#${Buffer.from(cryptography.sha256(text)).toString('hex')}`;
}

/** What a document is found by: a text for each slot in use, in the order of slots. */
export function indexTexts(
  data: unknown,
  slots: Slots,
  cryptography: Cryptography,
): (string | null)[] {
  const texts: (string | null)[] = SLOTS.map(() => null);
  const fields = data as Record<string, unknown> | null | undefined;
  for (const [field, slot] of slots) texts[slot - 1] = indexText(fields?.[field], cryptography);
  return texts;
}

/** When a document ends; null when it does not say. */
export function endOf(data: unknown, { ends }: Pick<Collection<any>, 'ends'>): number | null {
  const value = ends === undefined ? undefined : (data as Record<string, unknown> | null)?.[ends];
  return typeof value === 'number' ? value : null;
}
