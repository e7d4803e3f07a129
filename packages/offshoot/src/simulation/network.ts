// How do messages between simulated hosts get lost, doubled, delayed, held and reordered?
import { jsonCopy } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { CrashPoint } from './crash-points.ts';
import type { FaultKind } from './faults.ts';
import type { Life } from './life.ts';
import { type Partitions, partitions } from './partitions.ts';
import type { World } from './world.ts';

/** Where a message can go: whoever answers may have crashed since. */
export interface Station {
  readonly name: string;
  /** The current life; undefined while the host is down. */
  life(): Life | undefined;
}

/** The crash points that a question passes, in order; those that are missing do not exist. */
export interface Passings {
  readonly beforeAsking?: CrashPoint;
  readonly afterAsking?: CrashPoint;
  readonly onQuestion?: CrashPoint;
  readonly beforeAnswer?: CrashPoint;
  readonly afterAnswer?: CrashPoint;
  readonly onAnswer?: CrashPoint;
}

export interface Question<T> {
  readonly what: string;
  readonly from: Life;
  readonly to: Station;
  /** Simulated. */
  readonly timeoutMs: number;
  readonly passing?: Passings;
  /** The answer is a copy already, which nobody else has. @default false: it is copied */
  readonly isCopy?: boolean;
  readonly answer: () => Promise<T>;
}

export interface Network {
  readonly partitions: Partitions;
  /** Messages that are being held until nobody waits for them any more. */
  readonly holding: number;
  /** Sends one way: 0, 1 or 2 deliveries, each after its own delay. `deliver` learns who got it. */
  send(what: string, from: Life, to: Station, deliver: (life: Life) => void): void;
  /**
   * Asks and waits at most `timeoutMs`. The answer may be lost although the question arrived:
   * DEADLINE_EXCEEDED says nothing about what happened. A host that is down refuses.
   */
  ask<T>(question: Question<T>): Promise<T>;
}

/** A second copy of an answer would change nothing; nobody waits for a push. */
type Sort = 'question' | 'answer' | 'push';

interface Message {
  readonly what: string;
  readonly from: string;
  readonly to: Station;
  readonly sort: Sort;
  /** Its place among the messages of its link. */
  readonly place: number;
}

interface Link {
  sent: number;
  arrived: number;
}

/** What became of one copy of a message on its way. */
type Fate = 'arrives' | 'dropped' | Extract<FaultKind, 'delay' | 'reorder' | 'hold' | 'duplicate'>;

export function network(world: World): Network {
  const { random, chaos, trace } = world;
  const cuts = partitions(world);
  let holding = 0;
  /** Per sender and receiver: how many were sent, and the latest of them that arrived. */
  const links = new Map<string, Map<string, Link>>();
  const linkOf = (from: string, to: string): Link => {
    const outgoing = links.get(from) ?? new Map<string, Link>();
    links.set(from, outgoing);
    const link = outgoing.get(to) ?? { sent: 0, arrived: 0 };
    outgoing.set(to, link);
    return link;
  };

  const fateOf = (isPush: boolean): { fate: Fate; delayMs: number } => {
    const { faults } = world;
    const usual = random.next() * faults.latencyMsMax;
    if (chaos.chance(faults.hold)) return { fate: 'hold', delayMs: faults.holdMs };
    const drop = isPush ? Math.max(faults.drop, faults.dropPush) : faults.drop;
    if (chaos.chance(drop)) return { fate: 'dropped', delayMs: usual };
    if (chaos.chance(faults.delay)) {
      const delayMs = chaos.between(faults.latencyMsMax, faults.latencyMsMax + faults.slowMsMax);
      return { fate: 'delay', delayMs };
    }
    if (chaos.chance(faults.reorder))
      return { fate: 'reorder', delayMs: usual + chaos.between(0, 4) * faults.latencyMsMax };
    return { fate: 'arrives', delayMs: usual };
  };

  const land = (message: Message, fate: Fate, arrive: (life: Life | undefined) => void): void => {
    const { from, to, what, sort } = message;
    const life = to.life();
    if (life && life.pausedUntil > world.now()) {
      world.held(life); // it waits in the socket of a host that stands still
      world.plan(life.pausedUntil - world.now(), () => land(message, fate, arrive));
      return;
    }
    if (fate === 'hold') holding -= 1;
    if (cuts.swallows(from, to.name, life !== undefined)) return;
    const link = linkOf(from, to.name);
    const isOvertaken = link.arrived > message.place;
    if (life) {
      link.arrived = Math.max(link.arrived, message.place);
      if (fate === 'dropped') world.fault('drop');
      else if (fate === 'reorder' ? isOvertaken : fate !== 'arrives')
        world.fault(fate as FaultKind);
      if (fate === 'hold') world.met('message-held-beyond-a-saga');
    }
    if (fate === 'dropped') return;
    if (life) life.arrivals += 1;
    trace.note(sort === 'answer' ? 'answer' : 'deliver', world.now(), what);
    arrive(life);
  };

  const carry = (
    what: string,
    from: string,
    to: Station,
    sort: Sort,
    arrive: (life: Life | undefined) => void,
  ): void => {
    const link = linkOf(from, to.name);
    link.sent += 1;
    const message: Message = { what, from, to, sort, place: link.sent };
    const { fate, delayMs } = fateOf(sort === 'push');
    if (fate === 'hold') holding += 1;
    world.plan(delayMs, () => land(message, fate, arrive));
    if (sort === 'answer' || !chaos.chance(world.faults.duplicate)) return;
    const again = random.next() * world.faults.latencyMsMax * 2;
    world.plan(again, () => land(message, 'duplicate', arrive));
  };

  const passes = (point: CrashPoint | undefined, life: Life): boolean =>
    point !== undefined && world.dies(point, life);

  /** Answers a question that arrived at `life`; whoever asked may have given up since. */
  const answered = <T>(
    { what, from, to, passing, isCopy, answer }: Question<T>,
    life: Life,
    heard: (finish: () => T) => void,
  ): void => {
    if (passes(passing?.onQuestion, life)) return;
    const asker: Station = { name: from.host, life: () => (from.alive ? from : undefined) };
    const back = (finish: () => T): void => {
      if (!life.alive || passes(passing?.beforeAnswer, life)) return;
      carry(what, to.name, asker, 'answer', () => {
        if (!passes(passing?.onAnswer, from)) heard(finish);
      });
      passes(passing?.afterAnswer, life);
    };
    answer().then(
      (value) => {
        const copy = isCopy ? value : (jsonCopy(value) as T);
        back(() => copy);
      },
      (error: unknown) =>
        back(() => {
          throw error;
        }),
    );
  };

  return {
    partitions: cuts,
    get holding() {
      return holding;
    },
    send(what, from, to, deliver) {
      carry(what, from.host, to, 'push', (life) => {
        if (life) deliver(life);
      });
    },
    ask(question) {
      const { what, from, to, timeoutMs, passing } = question;
      return new Promise((resolve, reject) => {
        // Whoever is dead asks nobody, and hears of nothing.
        if (!from.alive || passes(passing?.beforeAsking, from)) return;
        let waiting = true;
        const settle = (finish: () => any) => {
          if (!waiting || !from.alive) return;
          waiting = false;
          cancel();
          try {
            resolve(finish());
          } catch (error) {
            reject(error);
          }
        };
        const cancel = world.plan(
          timeoutMs,
          () =>
            settle(() => {
              throw new OffshootError('DEADLINE_EXCEEDED', `${what} was not answered in time`);
            }),
          from,
        );
        carry(what, from.host, to, 'question', (life) => {
          if (life) answered(question, life, settle);
          else
            carry(
              what,
              to.name,
              { name: from.host, life: () => (from.alive ? from : undefined) },
              'answer',
              () =>
                settle(() => {
                  throw new OffshootError('UNAVAILABLE', `${what}: connection refused`);
                }),
            );
        });
        passes(passing?.afterAsking, from);
      });
    },
  };
}
