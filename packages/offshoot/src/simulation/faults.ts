// Which faults does a seed inject, and how often did each take effect?
import type { Random } from './random.ts';

/** What each counts, and when, is in docs/guides/simulation.md. */
export const FAULT_KINDS = [
  'drop',
  'duplicate',
  'delay',
  'reorder',
  'hold',
  'partition',
  'oneWayPartition',
  'crash',
  'crashAtPoint',
  'lostWrites',
  'restore',
  'lossyRestore',
  'flushFailure',
  'slowDisk',
  'pause',
  'leaseLost',
  'clockForward',
  'clockBackward',
  'outsideRefused',
  'outsideUnheard',
  'outsideOutage',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Rates and sizes of one world. A chance is per message, flush or call; 0 = never. */
export interface FaultMix {
  readonly drop: number;
  /** The same for events on their way: nobody waits for them, and a later one shows the gap. */
  readonly dropPush: number;
  readonly duplicate: number;
  /** Chance that a message takes up to `slowMsMax` rather than up to `latencyMsMax`. */
  readonly delay: number;
  /** Chance that a message is held back until later ones have overtaken it. */
  readonly reorder: number;
  /** Chance that a message arrives after `holdMs`, when nobody waits for it any more. */
  readonly hold: number;
  readonly holdMs: number;
  readonly latencyMsMax: number;
  readonly slowMsMax: number;
  readonly flushMsMax: number;
  readonly flushFailure: number;
  /** Chance that a flush takes up to `slowFlushMsMax` rather than up to `flushMsMax`. */
  readonly slowDisk: number;
  readonly slowFlushMsMax: number;
  /** Chance that the outside world refuses a call: it did nothing. */
  readonly outsideRefused: number;
  /** Chance that the outside world acts and its answer is an error. */
  readonly outsideUnheard: number;
  /** Chance that a host that died comes back with its stores restored, in a new epoch. */
  readonly restore: number;
  /** Chance that a drill puts stores back to an earlier moment than the one they stopped at. */
  readonly lossyRestore: number;
  /** Mean milliseconds between two of each, for a host or for the world; 0 = never. */
  readonly crashEveryMs: number;
  readonly pauseEveryMs: number;
  /** Likewise for replicas of a drill, each time for longer than their leases last. */
  readonly leaseLossEveryMs: number;
  readonly clockForwardEveryMs: number;
  readonly clockBackwardEveryMs: number;
  readonly partitionEveryMs: number;
  readonly oneWayPartitionEveryMs: number;
  readonly outageEveryMs: number;
  /** How long new faults happen: the safety phase, at most. */
  readonly safetyMs: number;
  readonly downMsMax: number;
  readonly pauseMsMax: number;
  readonly partitionMsMax: number;
  readonly outageMsMax: number;
}

export const NO_FAULTS: FaultMix = {
  drop: 0,
  dropPush: 0,
  duplicate: 0,
  delay: 0,
  reorder: 0,
  hold: 0,
  holdMs: 0,
  latencyMsMax: 2,
  slowMsMax: 0,
  flushMsMax: 1,
  flushFailure: 0,
  slowDisk: 0,
  slowFlushMsMax: 0,
  outsideRefused: 0,
  outsideUnheard: 0,
  restore: 0,
  lossyRestore: 0,
  crashEveryMs: 0,
  pauseEveryMs: 0,
  leaseLossEveryMs: 0,
  clockForwardEveryMs: 0,
  clockBackwardEveryMs: 0,
  partitionEveryMs: 0,
  oneWayPartitionEveryMs: 0,
  outageEveryMs: 0,
  safetyMs: 0,
  downMsMax: 0,
  pauseMsMax: 0,
  partitionMsMax: 0,
  outageMsMax: 0,
};

/** The rate that stands for a kind: without it the kind does not happen. */
const RATE_OF: Partial<Record<FaultKind, keyof FaultMix | readonly (keyof FaultMix)[]>> = {
  drop: ['drop', 'dropPush'],
  duplicate: 'duplicate',
  delay: 'delay',
  reorder: 'reorder',
  hold: 'hold',
  partition: 'partitionEveryMs',
  oneWayPartition: 'oneWayPartitionEveryMs',
  crash: 'crashEveryMs',
  restore: 'restore',
  lossyRestore: 'lossyRestore',
  flushFailure: 'flushFailure',
  slowDisk: 'slowDisk',
  pause: 'pauseEveryMs',
  leaseLost: 'leaseLossEveryMs',
  clockForward: 'clockForwardEveryMs',
  clockBackward: 'clockBackwardEveryMs',
  outsideRefused: 'outsideRefused',
  outsideUnheard: 'outsideUnheard',
  outsideOutage: 'outageEveryMs',
};

/** A world in which messages are held so long costs ten others: its sagas give up meanwhile. */
const HOLD_WORLDS = 0.012;

/** Swarm testing (Groce et al., 2012): each kind is left out of a third of the seeds. */
export function drawFaults(random: Random): FaultMix {
  const isIn = (chance = 0.66) => random.chance(chance);
  const rate = (most: number) => (isIn() ? random.next() * most : 0);
  const every = (least: number, most: number, chance?: number) =>
    isIn(chance) ? random.between(least, most) : 0;
  return {
    drop: rate(0.25),
    dropPush: rate(0.6),
    duplicate: rate(0.35),
    delay: rate(0.2),
    reorder: rate(0.35),
    hold: isIn(HOLD_WORLDS) ? random.between(0.01, 0.03) : 0,
    holdMs: random.between(11, 18) * 60_000,
    latencyMsMax: random.between(1, 30),
    slowMsMax: random.between(100, 6_500),
    flushMsMax: random.between(0, 20),
    flushFailure: rate(0.08),
    slowDisk: rate(0.1),
    slowFlushMsMax: random.between(50, 800),
    outsideRefused: rate(0.25),
    outsideUnheard: rate(0.25),
    restore: isIn(0.3) ? random.next() * 0.5 : 0,
    lossyRestore: isIn() ? 1 : 0,
    crashEveryMs: every(5_000, 30_000),
    pauseEveryMs: every(5_000, 30_000),
    leaseLossEveryMs: every(1_000, 4_000),
    clockForwardEveryMs: every(5_000, 30_000),
    clockBackwardEveryMs: every(5_000, 30_000),
    partitionEveryMs: every(2_000, 15_000),
    oneWayPartitionEveryMs: every(2_000, 15_000),
    outageEveryMs: every(3_000, 20_000, 0.4),
    safetyMs: random.between(6_000, 25_000),
    downMsMax: random.between(10, 3_000),
    pauseMsMax: random.chance(0.1) ? 45_000 : random.between(50, 4_000),
    partitionMsMax: random.between(200, 6_000),
    outageMsMax: random.between(500, 10_000),
  };
}

/** The same mix with some kinds switched off: what the shrinker tries. */
export function without(mix: FaultMix, kinds: readonly FaultKind[]): FaultMix {
  const off = kinds.flatMap((kind) => RATE_OF[kind] ?? []);
  return { ...mix, ...Object.fromEntries(off.map((name) => [name, 0])) };
}

export type FaultCounts = Record<FaultKind, number>;
export const noCounts = (): FaultCounts =>
  Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts;
