// How do messages between simulated hosts get lost, doubled, delayed and reordered?
import { OffshootError } from '../error/index.ts';
import type { Life, World } from './world.ts';

/** Where a message can go: whoever answers may have crashed since. */
export interface Station {
  /** The current life; undefined while the host is down. */
  life(): Life | undefined;
}

export interface Network {
  /** Sends one way: 0, 1 or 2 deliveries, each after its own delay. */
  send(what: string, to: Station, deliver: () => void): void;
  /**
   * Asks and waits at most `timeoutMs` (simulated). The answer may be lost although the question
   * arrived: DEADLINE_EXCEEDED says nothing about what happened. A host that is down refuses.
   */
  ask<T>(
    what: string,
    from: Life,
    to: Station,
    timeoutMs: number,
    answer: () => Promise<T>,
  ): Promise<T>;
}

const copy = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

export function network(world: World): Network {
  const { random, trace } = world;

  const delayMs = (): number => {
    const { faults } = world;
    if (!random.chance(faults.delay)) return random.next() * faults.latencyMsMax;
    world.fault('delay');
    return random.next() * faults.slowMsMax;
  };

  const carry = (what: string, arrive: () => void): void => {
    const { faults } = world;
    if (random.chance(faults.drop)) {
      world.fault('drop');
      return;
    }
    const deliver = () => {
      trace.note('deliver', world.now(), what);
      arrive();
    };
    world.plan(delayMs(), deliver);
    if (!random.chance(faults.duplicate)) return;
    world.fault('duplicate');
    world.plan(delayMs(), deliver);
  };

  return {
    send(what, to, deliver) {
      carry(what, () => {
        if (to.life()) deliver();
      });
    },
    ask(what, from, to, timeoutMs, answer) {
      return new Promise((resolve, reject) => {
        let waiting = true;
        const settle = (finish: () => void) => {
          if (!waiting || !from.alive) return;
          waiting = false;
          cancel();
          finish();
        };
        const late = () =>
          reject(new OffshootError('DEADLINE_EXCEEDED', `${what} was not answered in time`));
        const cancel = world.plan(timeoutMs, () => settle(late), from);
        const back = (finish: () => void) => carry(`${what} answer`, () => settle(finish));
        carry(what, () => {
          const life = to.life();
          if (!life) {
            world.fault('refusedConnection');
            back(() => reject(new OffshootError('UNAVAILABLE', `${what}: connection refused`)));
            return;
          }
          answer().then(
            (value) => {
              trace.note('answer', world.now(), what, JSON.stringify(value) ?? '');
              if (life.alive) back(() => resolve(copy(value)));
            },
            (error: unknown) => {
              if (life.alive) back(() => reject(error));
            },
          );
        });
      });
    },
  };
}
