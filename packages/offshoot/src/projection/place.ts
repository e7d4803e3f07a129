// Which copy of a projection's rows is live, and what becomes of the other?
import { collection } from '../store/index.ts';
import type { Projection, Slot } from './projection.ts';

/** One copy of the rows. */
export interface Build {
  readonly slot: Slot;
  /** Of the projection that made it. */
  readonly version: number;
  /** 1, 2, …: every build of a projection has a number of its own. */
  readonly number: number;
}

/**
 * What the other slot holds: rows being made, rows that could not be made, or those that were
 * live before, kept until `at` and `keepMs` have passed.
 */
export interface Other extends Build {
  readonly state: 'clearing' | 'building' | 'failed' | 'previous' | 'dropping';
  /** Since when, milliseconds since 1970. */
  readonly at: number;
  /** Why it failed. '' otherwise. */
  readonly reason: string;
  /** What was in the slot before, and is being removed. '' when nothing was. */
  readonly former: string;
}

/** One document a projection: the switch is one change of it. */
export interface Place {
  readonly name: string;
  readonly live: Build;
  readonly other: Other | null;
  /** The number of the next build. */
  readonly next: number;
}

export const places = collection<Place>('offshoot.projections');

export const PROJECTION_COLLECTIONS = [places] as const;

/** `order_rows.v1`, and `order_rows.v1.3` for the third build: its subscriptions' name. */
export const buildName = (name: string, { version, number }: Build): string =>
  `${name}.v${version}${number === 1 ? '' : `.${number}`}`;

export const firstPlace = ({ name, version }: Projection): Place => ({
  name,
  live: { slot: 'a', version, number: 1 },
  other: null,
  next: 2,
});

export const otherSlot = (slot: Slot): Slot => (slot === 'a' ? 'b' : 'a');
