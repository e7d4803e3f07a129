// What protects this process, how does it stand, and how does a person overrule it?
import { OffshootError } from '../error/index.ts';
import type { Breaker, BreakerLook } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Pipeline, PipelineLook } from './pipeline.ts';
import type { Shedder } from './shedder.ts';

/** Anything that says how many may be at work at once. */
export interface LimitLook {
  readonly name: string;
  readonly kind: 'bulkhead' | 'shedder';
  readonly running: number;
  readonly runningMax: number;
  readonly waiting: number;
  readonly waitingMax: number;
  /** Calls that found no room, ever. */
  readonly refused: number;
  readonly isOverloaded: boolean;
}

export interface ProtectionsLook {
  readonly breakers: readonly BreakerLook[];
  readonly limits: readonly LimitLook[];
  readonly pipelines: readonly PipelineLook[];
}

export interface Protections {
  /** Each shows what is added, and returns it. Of two of one name the later one shows. */
  breaker<B extends Breaker>(one: B): B;
  bulkhead<B extends Bulkhead>(one: B): B;
  shedder<S extends Shedder>(one: S): S;
  /** With its breaker, its bulkhead and its shedder. */
  pipeline<P extends Pipeline<any>>(one: P): P;
  look(): ProtectionsLook;
  /** Throws BREAKER_NOT_FOUND, which names those there are. */
  find(name: string): Breaker;
}

/**
 * The protections of one process by name.
 *
 * @example
 * const all = protections();
 * all.breaker(breaker({ name: 'users', clock: () => 0, random: () => 0 }));
 * all.find('users').force('open');
 * all.look().breakers[0]?.state; // 'open'
 */
export function protections(): Protections {
  const breakers = new Map<string, Breaker>();
  const limits = new Map<string, () => LimitLook>();
  const pipelines = new Map<string, Pipeline<any>>();

  const made: Protections = {
    breaker(one) {
      breakers.set(one.name, one);
      return one;
    },
    bulkhead(one) {
      limits.set(`bulkhead ${one.look().name}`, () => ({
        ...one.look(),
        kind: 'bulkhead',
        isOverloaded: false,
      }));
      return one;
    },
    shedder(one) {
      limits.set(`shedder ${one.name}`, () => {
        const { shed, name, running, runningMax, waiting, waitingMax, isOverloaded } = one.look();
        const refused = shed.critical + shed.default + shed.sheddable;
        const counts = { running, runningMax, waiting, waitingMax, refused, isOverloaded };
        return { name, kind: 'shedder', ...counts };
      });
      return one;
    },
    pipeline(one) {
      pipelines.set(one.name, one);
      if (one.breaker) made.breaker(one.breaker);
      if (one.bulkhead) made.bulkhead(one.bulkhead);
      if (one.shed) made.shedder(one.shed);
      return one;
    },
    look: () => ({
      breakers: [...breakers.values()].map((one) => one.look()),
      limits: [...limits.values()].map((look) => look()),
      pipelines: [...pipelines.values()].map((one) => one.look()),
    }),
    find(name) {
      const one = breakers.get(name);
      if (one) return one;
      const names = [...breakers.keys()].join(', ') || 'none';
      throw new OffshootError('BREAKER_NOT_FOUND', `no breaker '${name}' here; there is ${names}`);
    },
  };
  return made;
}
