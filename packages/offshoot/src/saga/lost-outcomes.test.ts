// What becomes of a step when nobody knows, or nobody remembers, whether it happened?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '../rpc/index.ts';
import { type Answers, AWAY, called, REFUSED, TRIP, tripScene } from '../testing/trip-scene.ts';
import { SAGA_ENTRIES, STEP_MEMORY_MS } from './index.ts';

const AN_HOUR_MS = 3_600_000;
const WHO = { by: 'user:ann', why: 'asked the bank' };
const timedOut = (reply: Reply): Reply => (reply.kind === 'error' ? reply : AWAY);

test('an action that timed out but succeeded is sent again with its key, and happens once', () => {
  let silent = 1;
  const late: Answers[string] = async (call, next) => {
    const reply = await next(call);
    silent -= 1;
    return silent >= 0 ? timedOut(reply) : reply;
  };
  return tripScene({ 'rooms.take': late }, async ({ it, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(1_000);
    assert.equal((await record())?.status, 'completed');
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 0 });
  });
});

test('trap 26: a step that took effect but failed is undone with the steps before it', () => {
  const acts: Answers[string] = async (call, next) => timedOut(await next(call));
  return tripScene({ 'flights.take': acts }, async ({ it, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(5 * 60_000);
    assert.equal((await record())?.status, 'compensated');
    for (const service of ['flights', 'rooms'])
      assert.deepEqual(await holding(service), { taken: 1, givenBack: 1 });
  });
});

test('trap 27: what fails after the charge goes forward until it is done', () => {
  let left = 20;
  const flaky: Answers[string] = async (call, next) => {
    left -= 1;
    return left >= 0 ? AWAY : next(call);
  };
  return tripScene({ 'bank.take': flaky }, async ({ it, calls, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(24 * AN_HOUR_MS);
    assert.equal((await record())?.status, 'completed');
    assert.ok(!called(calls).some((name) => name.endsWith('giveBack')));
    assert.deepEqual(await holding('bank'), { taken: 1, givenBack: 0 });
  });
});

test('a step that nobody remembers any more pauses as OUTCOME_UNKNOWN and is never sent again', () => {
  const answers: Answers = { 'bank.take': async () => AWAY };
  return tripScene(answers, async ({ it, calls, plan, record, journal }) => {
    await plan();
    await it.runtime.advance(AN_HOUR_MS / 2);
    it.service('trips').stop();
    await it.runtime.advance(STEP_MEMORY_MS);
    delete answers['bank.take'];
    const sent = calls.length;
    await it.restart('trips');
    await it.runtime.advance(AN_HOUR_MS);
    const { status, reason, index } = (await record())!;
    assert.deepEqual([status, reason, index], ['paused', 'OUTCOME_UNKNOWN', 2]);
    const engine = it.service('trips').sagas;
    await assert.rejects(engine.resume(TRIP, WHO), { code: 'PRECONDITION_FAILED' });
    await engine.skip(TRIP, WHO, { ref: 'it did happen' });
    await it.runtime.advance(AN_HOUR_MS);
    assert.equal((await record())?.status, 'completed');
    assert.ok(!called(calls.slice(sent)).includes('bank.take'));
    assert.equal(
      (await journal()).findLast(({ type }) => type === SAGA_ENTRIES.step)?.data.step,
      'confirm',
    );
  });
});

test('a paused step that is resumed after too long is not sent either', () => {
  const answers: Answers = { 'bank.take': async () => AWAY };
  return tripScene(answers, async ({ it, engine, calls, plan, record }) => {
    await plan();
    await it.runtime.advance(24 * AN_HOUR_MS);
    assert.equal((await record())?.pause?.code, 'UNAVAILABLE');
    await it.runtime.advance(STEP_MEMORY_MS);
    const sent = calls.length;
    await engine.resume(TRIP, WHO);
    await it.runtime.advance(AN_HOUR_MS);
    assert.equal((await record())?.pause?.code, 'OUTCOME_UNKNOWN');
    assert.equal(calls.length, sent);
  });
});

test('a compensation that nobody remembers pauses too, and keeps the first reason', () => {
  const answers: Answers = {
    'flights.take': async () => REFUSED,
    'rooms.giveBack': async () => AWAY,
  };
  return tripScene(answers, async ({ it, plan, record }) => {
    await plan();
    await it.runtime.advance(AN_HOUR_MS / 2);
    it.service('trips').stop();
    await it.runtime.advance(STEP_MEMORY_MS);
    await it.restart('trips');
    await it.runtime.settle();
    const { reason, pause } = (await record())!;
    assert.deepEqual([reason, pause?.code], ['NO', 'OUTCOME_UNKNOWN']);
  });
});
