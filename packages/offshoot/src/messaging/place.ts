// Where does a subscription stand in its producer's log, and how is it put elsewhere?
import {
  eachWhere,
  formatPosition,
  isAfter,
  many,
  one,
  type Position,
  runUnit,
  type Stamp,
  writeDocuments,
} from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { floors, mark, markId, marks, moveFloor } from './inbox.ts';

const COVERED_MAX = 500;

/** The stored floor; undefined for a subscription that never ran. */
export async function storedFloor(
  context: ConsumerContext,
  name: string,
): Promise<Position | undefined> {
  const needs = () => ({ floor: one(floors, name) });
  const decide = ({ floor }: { floor: { data: { position: Position } } | undefined }) => ({
    value: floor?.data.position,
  });
  return (await runUnit(context, needs, decide)).value;
}

/** Puts the floor at `position` and forgets every row above it: one commit. */
export async function placeAt(
  context: ConsumerContext,
  name: string,
  position: Position,
): Promise<void> {
  const keys: string[] = [];
  await eachWhere(context, marks, 'subscription', name, ({ data }) => void keys.push(data.key));
  const stamp: Stamp = context.stamp({ correlation: name, causation: name, traceparent: '' });
  await writeDocuments(context, moveFloor(name, position, keys), stamp);
}

/**
 * Goes back to where histories part, or stays below it: what was handled of the common history
 * stays handled, what was handled after it is forgotten. One commit. Resolves with the rows.
 */
export async function placeAtFork(
  context: ConsumerContext,
  name: string,
  floor: Position,
  at: Position,
): Promise<Map<string, Position>> {
  const rows = new Map<string, Position>();
  const gone: string[] = [];
  await eachWhere(context, marks, 'subscription', name, ({ data: { key, last } }) => {
    // A key is handled in its order: who has handled more of it has handled all up to there.
    const known = isAfter(last, at) ? at : last;
    if (isAfter(known, floor)) rows.set(key, known);
    else gone.push(key);
  });
  const kept = [...rows].map(([key, last]) => mark(name, key, last));
  const stamp: Stamp = context.stamp({ correlation: name, causation: name, traceparent: '' });
  await writeDocuments(context, [...moveFloor(name, floor, gone), ...kept], stamp);
  return rows;
}

/** Raises the floor and drops rows that it then covers, at most 500. Resolves with their keys. */
export async function raiseFloor(
  context: ConsumerContext,
  name: string,
  target: Position,
  rows: ReadonlyMap<string, Position>,
): Promise<string[]> {
  const covered: string[] = [];
  for (const [key, position] of rows) {
    if (covered.length >= COVERED_MAX) break;
    if (!isAfter(position, target)) covered.push(key);
  }
  const causation = formatPosition(target);
  const stamp = context.stamp({ correlation: name, causation, traceparent: '' });
  // Read with the decision: a row may have moved on since memory learnt of it.
  const ids = covered.map((key) => markId(name, key));
  await runUnit(
    context,
    () => ({ found: many(marks, ids) }),
    ({ found }) => {
      const low = found.filter((row) => row && !isAfter(row.data.last, target));
      const keys = low.flatMap((row) => row?.data.key ?? []);
      return { change: { appends: [], documents: moveFloor(name, target, keys), stamp }, value: 0 };
    },
  );
  return covered;
}
