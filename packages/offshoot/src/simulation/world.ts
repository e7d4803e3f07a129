// What is a simulated world? A clock, an agenda, one source of chance, and a running hash.
import type { Cryptography } from '../runtime/index.ts';
import { nodeCryptography } from '../runtime/node/index.ts';
import { Agenda, type Planned } from './agenda.ts';
import {
  drawFaults,
  type FaultCounts,
  type FaultKind,
  type FaultMix,
  NO_FAULTS,
  noCounts,
} from './faults.ts';
import { hop } from './hop.ts';
import { type Random, random } from './random.ts';
import { type Trace, trace } from './trace.ts';

/** One life of a host: what it planned dies with it. */
export interface Life {
  readonly host: string;
  alive: boolean;
}

export interface World {
  readonly seed: bigint;
  readonly random: Random;
  readonly trace: Trace;
  /** Real cryptography; its randomness is the seed's. */
  readonly cryptography: Cryptography;
  readonly counts: FaultCounts;
  /** The rates in force; none after `calm`. */
  readonly faults: FaultMix;
  /** Milliseconds since 1970, simulated. */
  now(): number;
  /** Plans a task; it does not run when its life is over by then. */
  plan(delayMs: number, task: () => void, life?: Life): () => void;
  /** Counts a fault that took effect. */
  fault(kind: FaultKind): void;
  /** The safety phase ends: no new faults from here on. */
  calm(): void;
  /** Runs until `done`, or until the agenda is empty or `untilMs` is reached: then false. */
  run(done: () => boolean, untilMs: number): Promise<boolean>;
}

/** 2026-01-01T00:00:00Z: every world begins there. */
const BEGINNING = 1_767_225_600_000;

/** A world whose every choice follows from `seed`. */
export function world(seed: bigint): World {
  const chance = random(seed);
  const mix = drawFaults(chance);
  const agenda = new Agenda();
  const cryptography = nodeCryptography((length) => chance.bytes(length));
  const notes = trace(cryptography);
  const counts = noCounts();
  let clock = BEGINNING;
  let order = 0;
  let faults = mix;
  return {
    seed,
    random: chance,
    trace: notes,
    cryptography,
    counts,
    get faults() {
      return faults;
    },
    now: () => clock,
    plan(delayMs, task, life) {
      const planned: Planned = {
        at: clock + Math.max(0, delayMs),
        tie: chance.below(0x1_0000),
        order: order++,
        task: () => {
          if (life?.alive !== false) task();
        },
        cancelled: false,
      };
      agenda.add(planned);
      return () => {
        planned.cancelled = true;
      };
    },
    fault(kind) {
      counts[kind] += 1;
      notes.note('fault', kind);
    },
    calm() {
      faults = NO_FAULTS;
    },
    async run(done, untilMs) {
      const end = clock + untilMs;
      while (!done()) {
        const planned = agenda.next();
        if (!planned) return false;
        if (planned.at > end) {
          agenda.add(planned);
          clock = end;
          return false;
        }
        clock = planned.at;
        planned.task();
        await hop();
      }
      return true;
    },
  };
}
