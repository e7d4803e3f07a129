// Are kills shared out as they should be, and the same for the same seed?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../command/random.ts';
import { runPlan } from './plan.ts';
import { POINTS } from './points.ts';

const all = { harness: POINTS, shop: POINTS };

test('two thirds are kills of the harness, one third of the shop, in rounds', () => {
  const { harness, shop, stops } = runPlan(300, random(1), all);
  assert.equal(harness.flat().length, 200);
  assert.equal(shop.flat().length, 100);
  assert.ok([...harness, ...shop].every((round) => round.length > 0 && round.length <= 20));
  assert.equal(stops, 15);
  const few = runPlan(1, random(1), all);
  assert.deepEqual([few.harness.flat().length, few.shop.length, few.stops], [1, 0, 1]);
});

test('every point is drawn, held and running, and moments too', () => {
  const { harness } = runPlan(600, random(2), all);
  const places = new Set(harness.flat().map(({ at }) => at));
  assert.deepEqual([...places].sort(), [...POINTS, 'moment'].sort());
  const styles = harness.flat().map((plan) => (plan.at === 'moment' ? 'moment' : plan.style));
  for (const style of ['held', 'running', 'moment']) assert.ok(styles.includes(style as never));
});

test('the same seed is the same plan', () => {
  assert.deepEqual(runPlan(40, random(3), all), runPlan(40, random(3), all));
});
