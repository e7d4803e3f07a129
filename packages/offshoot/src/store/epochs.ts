// Which history does a position belong to, when a store was restored to an earlier point?
import type { Position } from './position.ts';

/** An epoch: entries after `forkedAt` (up to where the next one begins) carry its number. */
export interface Epoch {
  readonly epoch: number;
  /** Sequence number of the last entry that it has in common with what was before; 0 = none. */
  readonly forkedAt: number;
}

/**
 * A store's history: its epochs, oldest first, each the outcome of a restore. Epochs that a restore
 * has left behind are not in it.
 */
export type Epochs = readonly Epoch[];

export const FIRST_EPOCHS: Epochs = Object.freeze([Object.freeze({ epoch: 1, forkedAt: 0 })]);

/** The epoch whose number the entry at `seq` carries. */
export function epochAt(epochs: Epochs, seq: number): number {
  for (let index = epochs.length - 1; index > 0; index -= 1) {
    const one = epochs[index]!;
    if (one.forkedAt < seq) return one.epoch;
  }
  return epochs[0]?.epoch ?? 1;
}

/** The place of `seq` in this history. */
export const positionAt = (epochs: Epochs, seq: number): Position => ({
  epoch: epochAt(epochs, seq),
  seq,
});

/** Whether this history has (or will have) the entry at `position`. A fork may lie below it. */
export const isInHistory = (epochs: Epochs, { epoch, seq }: Position): boolean =>
  epochAt(epochs, seq) === epoch;

/**
 * Where this history left the one that `position` belongs to: all at or below is in both.
 * Undefined when that cannot be told, because the position's epoch was itself left behind.
 */
export function forkBelow(epochs: Epochs, position: Position): Position | undefined {
  const index = epochs.findIndex(({ epoch }) => epoch === position.epoch);
  const next = index < 0 ? undefined : epochs[index + 1];
  return next && positionAt(epochs, next.forkedAt);
}
