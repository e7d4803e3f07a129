// Which faults does a seed inject, and how often did each take effect?
import type { Random } from './random.ts';

export const FAULT_KINDS = [
  'drop',
  'duplicate',
  'delay',
  'crash',
  'crashBeforeCommit',
  'crashAfterCommit',
  'flushFailure',
  'refusedConnection',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Rates of one world, drawn from its seed: some seeds are calm in one way and wild in another. */
export interface FaultMix {
  readonly drop: number;
  readonly duplicate: number;
  /** Chance that a message takes `slowMsMax` rather than `latencyMsMax`. */
  readonly delay: number;
  readonly latencyMsMax: number;
  readonly slowMsMax: number;
  readonly flushMsMax: number;
  readonly flushFailure: number;
  readonly crashAtCommit: number;
  /** Mean milliseconds between crashes of a host at any instant; 0 = never. */
  readonly crashEveryMs: number;
  readonly downMsMax: number;
}

/** Swarm testing (Groce et al., 2012): each kind is left out of about a quarter of the seeds. */
export function drawFaults(random: Random): FaultMix {
  const rate = (most: number) => (random.chance(0.25) ? 0 : random.next() * most);
  return {
    drop: rate(0.15),
    duplicate: rate(0.15),
    delay: rate(0.1),
    latencyMsMax: random.between(1, 30),
    slowMsMax: random.between(100, 8_000),
    flushMsMax: random.between(0, 20),
    flushFailure: rate(0.05),
    crashAtCommit: rate(0.02),
    crashEveryMs: random.chance(0.25) ? 0 : random.between(2_000, 30_000),
    downMsMax: random.between(10, 3_000),
  };
}

export const NO_FAULTS: FaultMix = {
  drop: 0,
  duplicate: 0,
  delay: 0,
  latencyMsMax: 2,
  slowMsMax: 0,
  flushMsMax: 1,
  flushFailure: 0,
  crashAtCommit: 0,
  crashEveryMs: 0,
  downMsMax: 0,
};

export type FaultCounts = Record<FaultKind, number>;
export const noCounts = (): FaultCounts =>
  Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts;
