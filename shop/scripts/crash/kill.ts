// What came of one kill?
import type { Point } from './points.ts';
import type { Windows } from './windows.ts';

export interface Kill {
  /** Where it fell: a point that was not passed in time makes it a moment. */
  readonly at: Point | 'moment';
  /** What died: the process, one of several that work on the same stores, or the database's. */
  readonly victim: 'process' | 'replica' | 'database';
  readonly windows: Windows;
  /** The disk proves that it fell between a commit's begin and its acknowledgement. */
  readonly isInside: boolean;
}

/** Of one part of a run. Faults are lines that say what is wrong. */
export interface Part {
  readonly kills: readonly Kill[];
  readonly stops: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly stale: readonly string[];
  readonly unfinished: readonly string[];
}

export const NO_PART: Part = {
  kills: [],
  stops: 0,
  lost: [],
  doubled: [],
  stale: [],
  unfinished: [],
};

export const bothOf = (a: Part, b: Part): Part => ({
  kills: [...a.kills, ...b.kills],
  stops: a.stops + b.stops,
  lost: [...a.lost, ...b.lost],
  doubled: [...a.doubled, ...b.doubled],
  stale: [...a.stale, ...b.stale],
  unfinished: [...a.unfinished, ...b.unfinished],
});

export const isClean = ({ lost, doubled, stale, unfinished }: Part): boolean =>
  lost.length + doubled.length + stale.length + unfinished.length === 0;
