// At which named points may a host die, and at which of them does this seed's?
import type { Random } from './random.ts';

/**
 * Every point is seen from outside the product: by the simulated database, network or host. A
 * commit is told by what it writes (a floor, an inbox mark, a stored reply, a saga's journal).
 */
export const CRASH_POINTS = [
  // The store: before = nothing of the group happened; after = all of it did, and nobody heard.
  'before-commit',
  'after-commit',
  'between-writes',
  'after-failed-flush',
  'before-journal',
  'after-journal',
  'before-inbox',
  'after-inbox',
  'before-floor',
  'after-floor',
  'before-reply',
  'after-reply',
  'before-timer',
  'after-timer',
  // Calls between hosts.
  'before-call',
  'after-call',
  'on-call',
  'before-answer',
  'after-answer',
  'on-answer',
  // Events between hosts.
  'before-publish',
  'between-pushes',
  'after-publish',
  'on-push',
  'after-push',
  'before-feed',
  'on-feed',
  // The outside world: acted = the provider did it, and its caller died before it heard.
  'before-outside',
  'outside-acted',
  'on-outside',
  // A host's start.
  'boot',
  'between-stores',
  'during-recall',
  'after-start',
  // A restore, between any two of its steps.
  'during-restore',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export type CrashCounts = Record<CrashPoint, number>;

export interface CrashPoints {
  /** Whether the host that passes here dies here. Each passing counts. */
  hit(point: CrashPoint): boolean;
  /** How often a host died at each point. */
  readonly counts: CrashCounts;
  /** Whoever passes this point for the `passing`th time from now on dies there. */
  arm(point: CrashPoint, passing: number): void;
  /** From here on nobody dies at any point. */
  disarm(): void;
}

const ARMED_MAX = 16;
/** The latest passing at which a point takes effect; one that few worlds come by dies early. */
const PASSING_MAX = 60;
const RARELY_PASSED: Partial<Record<CrashPoint, number>> = {
  'after-failed-flush': 4,
  'before-timer': 4,
  'after-timer': 4,
  'between-pushes': 20,
  'before-call': 30,
  'after-call': 30,
  'on-answer': 30,
  'before-outside': 15,
  'outside-acted': 12,
  'on-outside': 15,
  boot: 15,
  'between-stores': 12,
  'after-start': 12,
};
/** Points that few worlds come by are drawn twice as often. */
const SELDOM: readonly CrashPoint[] = [
  'after-failed-flush',
  'between-stores',
  'before-timer',
  'after-timer',
  'before-call',
  'after-call',
  'on-answer',
  'outside-acted',
  'after-journal',
  'before-journal',
  'between-pushes',
  'on-push',
  'on-outside',
  'before-outside',
];
/** Armed by the drill that alone comes by it. */
const DRILLED: readonly CrashPoint[] = ['during-restore'];
const DRAWN = [...CRASH_POINTS.filter((point) => !DRILLED.includes(point)), ...SELDOM];

/**
 * A seed arms a few points, each for one passing: the first is as likely as any of the next few,
 * so that what happens once a world (a first boot) is met as well as what happens all the time.
 */
export function crashPoints(random: Random, isLeftOut: boolean): CrashPoints {
  const counts = Object.fromEntries(CRASH_POINTS.map((point) => [point, 0])) as CrashCounts;
  const armed = new Map<CrashPoint, number>();
  for (let left = random.below(ARMED_MAX + 1); left > 0; left -= 1) {
    const point = DRAWN[random.below(DRAWN.length)]!;
    const passing = Math.floor((RARELY_PASSED[point] ?? PASSING_MAX) ** random.next());
    if (!isLeftOut) armed.set(point, passing);
  }
  return {
    counts,
    hit(point) {
      if (armed.size === 0) return false;
      const left = armed.get(point);
      if (left === undefined) return false;
      if (left > 1) {
        armed.set(point, left - 1);
        return false;
      }
      armed.delete(point);
      counts[point] += 1;
      return true;
    },
    arm(point, passing) {
      if (!isLeftOut) armed.set(point, passing);
    },
    disarm: () => armed.clear(),
  };
}
