import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CRASH_POINTS } from './crash-points.ts';
import { toyScenario } from './gate/toy-scenario.ts';
import { shrink, simulateSeeds } from './seeds.ts';
import { type Scenario, simulate } from './simulate.ts';
import { SITUATIONS } from './situations.ts';
import type { Verdict } from './verdict.ts';
import { world } from './world.ts';

const toy = () => toyScenario;

test('seeds give the same hashes forwards and backwards: no world leaves anything to the next', async () => {
  const run = async (backwards: boolean) => {
    const seen: Verdict[] = [];
    const each = (verdict: Verdict) => void seen.push(verdict);
    await simulateSeeds(toy, { seeds: 6, from: 100n, backwards, each });
    return seen;
  };
  const [first, second] = [await run(false), await run(true)];
  assert.deepEqual(
    first.map(({ hash }) => hash),
    second.map(({ hash }) => hash).reverse(),
  );
});

/** Broken whenever a host has ever died. */
const fragile: Scenario = {
  ...toyScenario,
  outside: (w) => {
    here = w;
    return toyScenario.outside?.(w) ?? {};
  },
  invariants: () => (here && here.counts.crash > 0 ? ['a host died'] : []),
};
let here: ReturnType<typeof world> | undefined;

test('a failing seed is made small: less to do, and only the faults that it needs', async () => {
  let failing: Verdict | undefined;
  for (let seed = 1n; seed <= 20n && !failing; seed += 1n) {
    const verdict = await simulate(fragile, seed);
    if (verdict.violations.length > 0) failing = verdict;
  }
  assert.ok(failing, 'no host died in 20 seeds');
  const { cut, verdict, runs } = await shrink(fragile, failing);
  assert.deepEqual(verdict.violations, ['a host died']);
  assert.ok((cut.without?.length ?? 0) >= 10, `only ${cut.without} are off`);
  assert.ok(!cut.without?.includes('crash'), 'the one kind that it takes is left');
  assert.ok(runs <= 40);
  const again = await simulate(fragile, failing.seed, cut);
  assert.equal(again.hash, verdict.hash, 'the cut is all that is needed to see it again');
});

/** Seeds in which messages are held for minutes: one of eighty. */
const holding = (): bigint[] => {
  const found: bigint[] = [];
  for (let seed = 1n; found.length < 3; seed += 1n)
    if (world(seed).faults.hold > 0.015) found.push(seed);
  return found;
};

test('the generator reaches every situation and most crash points with the toy alone', async () => {
  const { situations, crashesByPoint } = await simulateSeeds(toy, { seeds: 60, from: 200n });
  for (const seed of holding()) {
    const verdict = await simulate(toyScenario, seed);
    assert.deepEqual(verdict.violations, []);
    for (const name of SITUATIONS) situations[name] += verdict.situations[name];
  }
  for (const name of SITUATIONS)
    assert.ok(situations[name] > 0 || NOT_IN_THE_TOY.has(name), `no world met: ${name}`);
  const hit = CRASH_POINTS.filter((point) => crashesByPoint[point] > 0);
  assert.ok(hit.length > CRASH_POINTS.length / 2, `only ${hit}`);
});

/** The toy publishes one event a key and has one service a host. The shop's run counts it. */
const NOT_IN_THE_TOY: ReadonlySet<string> = new Set(['three-events-within-one-delay']);
