// How many calls reach the last of five services when things fail on the way?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asOffshootError, OffshootError } from '../error/index.ts';
import { type ManualRuntime, manualRuntime, seededRandom } from '../testing/index.ts';
import { pipeline, type RetryRules } from './index.ts';

const DEPTH = 5;
const CALLS = 4_000;

/** An answer says how often somebody below tried again for it. */
interface Answer {
  readonly retried: number;
}

/** What goes over a wire between two of them: a failure is its JSON, marks and all. */
const wired = (error: unknown): OffshootError =>
  OffshootError.from(JSON.parse(JSON.stringify(asOffshootError(error))));

function chain(runtime: ManualRuntime, failing: (service: number) => boolean, retry: RetryRules) {
  /** Calls that reached each service, the outermost first. */
  const reached = new Array<number>(DEPTH).fill(0);
  const to = (at: number) =>
    pipeline({
      ...{ name: `to-${at}`, runtime, breaker: false, retry },
      retriedOf: ({ retried }: Answer) => retried,
    });
  /** Service number `at`: it asks the next, works, and answers. */
  const service = (at: number): ((attempt: number) => Promise<Answer>) => {
    const below = at + 1 < DEPTH ? service(at + 1) : undefined;
    const next = to(at + 1);
    return async (attempt) => {
      reached[at]! += 1;
      let retried = 0;
      const ask = async (own: { readonly number: number }): Promise<Answer> => {
        // Whoever serves a retry says so to whom it asks.
        const answer = await below!(Math.max(own.number, attempt));
        retried = answer.retried + own.number - 1;
        return answer;
      };
      try {
        if (below) await next.run(ask, { repeatable: true, attempt });
      } catch (error) {
        throw wired(error);
      }
      if (failing(at)) throw new OffshootError('UNAVAILABLE', 'away');
      return { retried };
    };
  };
  const first = to(0);
  const outermost = service(0);
  const call = () =>
    first
      .run((own) => outermost(own.number), { repeatable: true })
      .then(
        () => true,
        () => false,
      );
  return { reached, call };
}

async function amplification(failing: (service: number) => boolean, retry: RetryRules = {}) {
  const runtime = manualRuntime();
  const made = chain(runtime, failing, retry);
  const calls: Promise<boolean>[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    calls.push(made.call());
    if (call % 200 === 199) await runtime.advance(500);
  }
  await runtime.advance(10_000);
  const served = (await Promise.all(calls)).filter((isServed) => isServed).length;
  return { factor: Math.max(...made.reached) / CALLS, served: served / CALLS };
}

const SPARING = { budget: { perSecond: 0.1 } }; // so that a short test is about the share

test('one of five services is away: no more than a tenth is added, whichever it is', async () => {
  for (const away of [0, 2, DEPTH - 1]) {
    const { factor } = await amplification((service) => service === away, SPARING);
    assert.ok(factor > 1.05 && factor <= 1.101, `${factor} when ${away} is away`);
  }
});

test('one in a hundred calls fails at each of them: nearly all are served after all', async () => {
  const random = seededRandom(3);
  const { factor, served } = await amplification(() => random() < 0.01, SPARING);
  assert.ok(factor > 1.03 && factor <= 1.1, String(factor));
  assert.ok(served > 0.99, String(served));
});

test('a third of the calls fails at each of them, after its work: a fifth, not 1.1 five times over', async () => {
  const random = seededRandom(3);
  const { factor } = await amplification(() => random() < 0.33, SPARING);
  assert.ok(factor <= 1.2, String(factor));
});

test('planted: without a budget it is several times as much', async () => {
  const retry = { minMs: 1, maxMs: 1, budget: { percent: 1_000, perSecond: 1e6 } };
  const { factor } = await amplification((service) => service === DEPTH - 1, retry);
  assert.ok(factor > 2.5, String(factor));
});
