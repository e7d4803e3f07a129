// What is a simulated world? A clock, an agenda, one source of chance, and a running hash.
import type { Cryptography } from '../runtime/index.ts';
import { Agenda, type Planned } from './agenda.ts';
import { cheapCryptography } from './cheap-cryptography.ts';
import { type Clocks, clocks } from './clocks.ts';
import { type CrashPoint, type CrashPoints, crashPoints } from './crash-points.ts';
import {
  drawFaults,
  type FaultCounts,
  type FaultKind,
  type FaultMix,
  NO_FAULTS,
  noCounts,
  without,
} from './faults.ts';
import type { Life } from './life.ts';
import { type Random, random } from './random.ts';
import { noSituations, type Situation, type SituationCounts } from './situations.ts';
import { type Trace, trace } from './trace.ts';
import { turns } from './turns.ts';

export interface World {
  readonly seed: bigint;
  /** Chance of what is no fault: what people do, how long a message takes. */
  readonly random: Random;
  /** Chance of faults: with some of them switched off, people still do the same. */
  readonly chaos: Random;
  readonly trace: Trace;
  /** Its randomness is the seed's; see `cheapCryptography`. */
  readonly cryptography: Cryptography;
  readonly clocks: Clocks;
  readonly points: CrashPoints;
  readonly counts: FaultCounts;
  readonly situations: SituationCounts;
  /** The rates in force; none after `calm`. */
  readonly faults: FaultMix;
  /** Whether the safety phase is over. */
  readonly isCalm: boolean;
  /** Milliseconds since 1970, simulated. */
  now(): number;
  /** Plans a task; it does not run when its life is over by then, and waits while it is paused. */
  plan(delayMs: number, task: () => void, life?: Life): () => void;
  /** Counts a fault that took effect. */
  fault(kind: FaultKind): void;
  /** Counts a situation that the world has been in. */
  met(situation: Situation): void;
  /** Passes a crash point: true when the host has just died there. */
  dies(point: CrashPoint, life: Life): boolean;
  /** Something of a paused life has to wait until the pause ends. */
  held(life: Life): void;
  /** The safety phase ends: no new faults from here on. */
  calm(): void;
  /** Runs until `done`, or until the agenda is empty or `untilMs` is reached: then false. */
  run(done: () => boolean, untilMs: number): Promise<boolean>;
}

/** 2026-01-01T00:00:00Z: every world begins there. */
const BEGINNING = 1_767_225_600_000;
/** Another stream of the same seed: see `random`. */
const CHAOS = 0x4348_414f_5343_4841n;

/**
 * A world whose every choice follows from `seed`. `off` names kinds of faults it does without;
 * `rates` take the place of drawn ones.
 */
export function world(
  seed: bigint,
  off: readonly FaultKind[] = [],
  rates: Partial<FaultMix> = {},
): World {
  const chance = random(seed);
  const chaos = random(seed ^ CHAOS);
  const mix = { ...without(drawFaults(chaos), off), ...rates };
  const points = crashPoints(chaos, off.includes('crashAtPoint'));
  const agenda = new Agenda();
  const cryptography = cheapCryptography(chance);
  const notes = trace(cryptography);
  const counts = noCounts();
  const situations = noSituations();
  let clock = BEGINNING;
  let order = 0;
  let faults = mix;
  const fault = (kind: FaultKind): void => {
    counts[kind] += 1;
    notes.note('fault', kind);
  };
  const held = (life: Life): void => {
    if (life.pauseSeen) return;
    life.pauseSeen = true;
    fault('pause');
  };
  /** A paused host's task comes up when the pause ends, in the order in which it was due. */
  const putOff = (planned: Planned, life: Life): void => {
    held(life);
    planned.at = life.pausedUntil;
    planned.tie = -1;
    agenda.add(planned);
  };
  return {
    seed,
    random: chance,
    chaos,
    trace: notes,
    cryptography,
    clocks: clocks(() => clock, fault),
    points,
    counts,
    situations,
    get faults() {
      return faults;
    },
    get isCalm() {
      return faults === NO_FAULTS;
    },
    now: () => clock,
    plan(delayMs, task, life) {
      const planned: Planned = {
        at: clock + Math.max(0, delayMs),
        tie: chance.below(0x1_0000),
        order: order++,
        task,
        life,
        cancelled: false,
      };
      agenda.add(planned);
      return () => {
        planned.cancelled = true;
      };
    },
    fault,
    met(situation) {
      situations[situation] += 1;
    },
    dies(point, life) {
      if (!life.alive || !life.crash || !points.hit(point)) return false;
      fault('crashAtPoint');
      notes.note('crash point', point, life.host);
      life.crash();
      return true;
    },
    held,
    calm() {
      faults = NO_FAULTS;
      points.disarm();
    },
    async run(done, untilMs) {
      const end = clock + untilMs;
      let reached = true;
      await turns(() => {
        if (done()) return false;
        for (;;) {
          const planned = agenda.next();
          if (!planned || planned.at > end) {
            if (planned) agenda.add(planned);
            clock = planned ? end : clock;
            reached = false;
            return false;
          }
          const { life, task } = planned;
          if (life?.alive === false) continue;
          clock = planned.at;
          if (life && life.pausedUntil > clock) {
            putOff(planned, life);
            continue;
          }
          task();
          return true;
        }
      });
      return reached;
    },
  };
}
