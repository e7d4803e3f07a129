// Five services, each asking the next: what protects the last one, and what does each hop add?
import { OffshootError } from 'offshoot/error';
import { type Pipeline, pipeline, shedder } from 'offshoot/resilience';
import { nodeRuntime } from 'offshoot/runtime/node';
import { answerTo } from './answer.ts';
import type { Resource } from './resource.ts';

export const DEPTH = 5;

export interface Asked {
  readonly criticality: 'critical' | 'default';
  readonly remainingMs: number;
  readonly attempt: number;
}

export interface Answer {
  readonly value: number;
  /** How often somebody below tried again. */
  readonly retried: number;
}

export interface Chain {
  ask(id: number, asked: Asked): Promise<Answer>;
  /** Calls that reached each service since the last time, the outermost first. */
  takeReached(): number[];
  /** The share of calls that the last service fails at once. */
  setFlaky(share: number): void;
  look(): unknown;
}

/**
 * Each hop has the default pipeline: deadline, breaker, two retries within the budget. The last one
 * has the default admission in front of the resource: Gradient2, a line that knows deadlines, and
 * classes. No number here is chosen for the occasion.
 */
export function chain(resource: Resource): Chain {
  const runtime = nodeRuntime();
  const reached = new Array<number>(DEPTH).fill(0);
  const door = shedder({ name: 'last', runtime });
  const hops: Pipeline[] = [];
  let flaky = 0;

  const last = async (id: number, { criticality, remainingMs }: Asked): Promise<Answer> => {
    reached[DEPTH - 1]! += 1;
    if (flaky > 0 && Math.random() < flaky)
      throw new OffshootError('UNAVAILABLE', 'the last service is flaky');
    const begun = runtime.monotonic();
    await door.run(() => inTime(resource.use(), remainingMs - (runtime.monotonic() - begun)), {
      criticality,
      remainingMs,
    });
    return { value: answerTo(id), retried: 0 };
  };

  /** The service keeps the deadline too: what its caller gave up must not hold its place. */
  const inTime = (work: Promise<void>, ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = () => reject(new OffshootError('DEADLINE_EXCEEDED', 'too slow'));
      const cancel = runtime.after(Math.max(0, ms), late);
      void work.then(() => {
        cancel();
        resolve();
      });
    });

  const service = (at: number): ((id: number, asked: Asked) => Promise<Answer>) => {
    if (at === DEPTH - 1) return last;
    const below = service(at + 1);
    const hop = pipeline({
      ...{ name: `service-${at + 1}`, runtime },
      retriedOf: ({ retried }: Answer) => retried,
    });
    hops.push(hop);
    return (id, asked) => {
      reached[at]! += 1;
      const { criticality, remainingMs, attempt } = asked;
      // What travels with a call: what is left of its time, and whether it serves a retry.
      return hop.run(
        async (own) => {
          const call = { criticality, remainingMs: own.remainingMs() };
          const answer = await below(id, { ...call, attempt: Math.max(attempt, own.number) });
          const retried = answer.retried + own.number - 1;
          return retried === 0 ? answer : { ...answer, retried };
        },
        { repeatable: true, attempt, criticality, remainingMs },
      );
    };
  };

  const first = service(0);
  return {
    ask: first,
    takeReached: () =>
      reached.map((count, at) => {
        reached[at] = 0;
        return count;
      }),
    setFlaky(share) {
      flaky = share;
    },
    look: () => ({ door: door.look(), hops: hops.map((hop) => hop.look()) }),
  };
}
