// What does a consumer remember durably, so that every event has its effect once?
import {
  andThen,
  collection,
  type Document,
  type DocumentChange,
  later,
  map,
  type Need,
  one,
  type Position,
  put,
  remove,
  START,
} from '../store/index.ts';
import type { Envelope } from './envelope.ts';

/** All of the source at or below it is handled or waiting. */
export interface Floor {
  readonly subscription: string;
  readonly position: Position;
}

/** The last handled position of one key above the floor. */
export interface Mark {
  readonly subscription: string;
  readonly key: string;
  readonly last: Position;
}

/** A message that failed by itself, or stands behind one of its key that did. */
export interface Waiting {
  readonly subscription: string;
  /** `<subscription>|<key>`: order is kept within a lane. */
  readonly lane: string;
  readonly event: Envelope;
  readonly attempts: number;
  readonly state: 'waiting' | 'parked';
  /** Milliseconds since 1970. */
  readonly due: number;
  /** Code and message of the last failure; '' for one that only stands behind. */
  readonly reason: string;
  /** The event's id. */
  readonly message: string;
  /** What kind of failure the last one was; '' for one that only stands behind. */
  readonly fingerprint: string;
  /** When it came here, and when it was last tried, milliseconds since 1970. */
  readonly since: number;
  readonly triedAt: number;
}

export const floors = collection<Floor>('offshoot.floors');
export const marks = collection<Mark>('offshoot.inbox', { indexes: ['subscription'] });
export const waiting = collection<Waiting>('offshoot.waiting', {
  indexes: ['subscription', 'lane', 'message', 'fingerprint'],
});

export const INBOX_COLLECTIONS = [floors, marks, waiting] as const;

export const markId = (subscription: string, key: string) => `${subscription}|${key}`;
export const laneOf = markId;
/** Ids of one lane sort by position. */
export const waitingId = (subscription: string, { partitionkey, sequence }: Envelope) =>
  `${laneOf(subscription, partitionkey)}|${sequence}`;

export function mark(subscription: string, key: string, last: Position): DocumentChange<Mark> {
  return put(marks, markId(subscription, key), { subscription, key, last });
}

/** Moves the floor and drops the rows it now covers: one change, one commit. */
export function moveFloor(
  subscription: string,
  position: Position,
  covered: readonly string[],
): DocumentChange[] {
  const rows = covered.map((key) => remove(marks, markId(subscription, key)));
  return [put(floors, subscription, { subscription, position }), ...rows];
}

/** The last handled position of a key: its row, or the floor that has covered it. */
export const lastOf = (
  found: Document<Mark> | undefined,
  floor: Document<Floor> | undefined,
): Position => later(found?.data.last ?? START, floor?.data.position ?? START);

/** Reads what `lastOf` needs, and says it. */
export function lastHandled(subscription: string, key: string): Need<Position> {
  const row = one(marks, markId(subscription, key));
  return andThen(row, (found) => map(one(floors, subscription), (floor) => lastOf(found, floor)));
}
