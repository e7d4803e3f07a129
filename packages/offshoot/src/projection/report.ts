// How is a projection told to who looks after it?
import type { Builder } from './builder.ts';
import type { LiveRows } from './live-rows.ts';
import { buildName, type Other, type Place } from './place.ts';
import type { Projection } from './projection.ts';

/** One projection as an operator sees it. */
export interface ProjectionReport {
  readonly name: string;
  readonly version: number;
  readonly live: string;
  /** Whether this release has the code of the live rows; if not, they stay as they are. */
  readonly isLive: boolean;
  readonly other: string;
  readonly state: Other['state'] | '';
  readonly reason: string;
  /** Events that the running build has applied since it was begun or resumed. */
  readonly applied: number;
}

/** How one projection is, from memory: nothing is read. */
export interface ProjectionLook {
  readonly name: string;
  readonly service: string;
  /** Why its last build failed; '' when none did. */
  readonly failed: string;
  /** What keeps the live rows from being kept up to date; '' when nothing does. */
  readonly pausedBy: string;
  /** Keys of the live rows whose messages wait for a person. */
  readonly parkedKeys: number;
}

/** What there is to tell of one. */
interface Told {
  readonly versions: ReadonlyMap<number, Projection>;
  readonly newest: Projection;
  readonly live: LiveRows;
  readonly builder: Builder | undefined;
  readonly failed: string;
}

export function reported({ name, live, other }: Place, told: Told): ProjectionReport {
  return {
    ...{ name, version: told.newest.version, live: buildName(name, live) },
    isLive: told.versions.has(live.version),
    other: other ? buildName(name, other) : '',
    state: other?.state ?? '',
    reason: other?.reason ?? '',
    applied: told.builder?.applied ?? 0,
  };
}

export function lookOf(
  name: string,
  service: string,
  { live, failed, builder }: Told,
): ProjectionLook {
  const { consumers } = live;
  const paused = consumers.find(({ pausedBy }) => pausedBy !== '')?.pausedBy ?? '';
  const isIdle = consumers.length === 0 && !builder;
  return {
    ...{ name, service, failed },
    pausedBy: isIdle ? 'this release has no code for the live rows' : paused,
    parkedKeys: consumers.reduce((sum, { waiting }) => sum + waiting.parkedKeys, 0),
  };
}
