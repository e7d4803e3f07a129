// How are rows that nobody needs any more removed, a little at a time?
import { floors, marks, waiting } from '../messaging/index.ts';
import {
  type Collection,
  type DocumentChange,
  eachWhere,
  every,
  remove,
  runUnit,
  type Stamp,
  type UnitContext,
} from '../store/index.ts';
import { copyOf, type Projection, type Slot } from './projection.ts';

export interface CleaningContext extends UnitContext {
  stamp(about: string): Stamp;
  /** Throws when it is to end now. */
  check(): void;
}

const PAGE = 250; // rows removed in one commit, so that others have their turn between

/** Empties one slot. May end half done; then it is called again. */
export async function emptied(
  { name, collections }: Projection,
  slot: Slot,
  context: CleaningContext,
): Promise<void> {
  for (const one of collections) {
    const rows = copyOf(one, slot);
    for (let left = true; left; ) {
      context.check();
      const needs = () => ({ found: every(rows, { limit: PAGE }) });
      const { value } = await runUnit(context, needs, ({ found }) =>
        removal(
          found.map(({ id }) => remove(rows, id)),
          context.stamp(name),
        ),
      );
      left = value === PAGE;
    }
  }
}

/** Forgets what a build's subscriptions remembered: floors, marks, messages that wait. */
export async function forgotten(build: string, context: CleaningContext): Promise<void> {
  if (build === '') return;
  const needs = () => ({ found: every(floors, { limit: 1_000 }) });
  const { value: known } = await runUnit(context, needs, ({ found }) => ({ value: found }));
  for (const { id } of known) {
    if (id !== build && !id.startsWith(`${build}/`)) continue;
    await removedWhere(marks, id, context);
    await removedWhere(waiting, id, context);
    // The floor goes last: while it is there, the rest can still be found.
    await runUnit(
      context,
      () => ({}),
      () => removal([remove(floors, id)], context.stamp(build)),
    );
  }
}

async function removedWhere(
  from: Collection<any>,
  subscription: string,
  context: CleaningContext,
): Promise<void> {
  const ids: string[] = [];
  await eachWhere(context, from, 'subscription', subscription, ({ id }) => ids.push(id));
  for (let at = 0; at < ids.length; at += PAGE) {
    const changes = ids.slice(at, at + PAGE).map((id) => remove(from, id));
    await runUnit(
      context,
      () => ({}),
      () => removal(changes, context.stamp(subscription)),
    );
  }
}

function removal(documents: readonly DocumentChange[], stamp: Stamp) {
  const value = documents.length;
  return value === 0 ? { value } : { change: { appends: [], documents, stamp }, value };
}
