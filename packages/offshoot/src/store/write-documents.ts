// How are documents written for themselves, whatever is there?
import type { DocumentChange } from './collection.ts';
import { runUnit, type UnitContext } from './run-unit.ts';
import type { Stamp } from './store.ts';

/**
 * Commits the changes together and resolves when they are durable, again after a failed flush.
 * Nothing is read first: for what its caller alone writes, or what gives an `expected` revision.
 */
export async function writeDocuments(
  context: UnitContext,
  documents: readonly DocumentChange[],
  stamp: Stamp,
): Promise<void> {
  const change = { appends: [], documents, stamp };
  await runUnit(
    context,
    () => ({}),
    () => ({ change, value: undefined }),
  );
}
