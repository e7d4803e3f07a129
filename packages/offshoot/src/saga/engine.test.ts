import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Answers,
  AWAY as away,
  called,
  REFUSED as refused,
  tripScene as scene,
} from '../testing/trip-scene.ts';
import { ATTEMPTS_MAX, type JournalData } from './index.ts';

const A_DAY_MS = 24 * 3_600_000;

test('a saga goes from step to step to its end, each with a key of its own', () =>
  scene({}, async ({ it, calls, plan, record, status, holding }) => {
    await plan();
    await it.runtime.settle();
    const { status: ended, results, index } = (await record())!;
    assert.deepEqual([ended, index], ['completed', 4]);
    assert.deepEqual(results, {
      room: { ref: 'rooms-trip-1' },
      flight: { ref: 'flights-trip-1' },
      charge: { ref: 'bank-trip-1' },
      confirm: { ref: 'confirmed' },
    });
    assert.deepEqual(await status(), { status: 'confirmed', reason: '' });
    for (const service of ['rooms', 'flights', 'bank'])
      assert.deepEqual(await holding(service), { taken: 1, givenBack: 0 });
    const keys = calls.slice(1).map(({ headers }) => headers.idempotencyKey);
    assert.deepEqual(keys, ['saga/trip-1/room', 'saga/trip-1/flight', 'saga/trip-1/charge']);
  }));

test('the last step on the own store, its journal entry and the end are one commit', () =>
  scene({}, async ({ it, plan, journal }) => {
    await plan();
    await it.runtime.settle();
    const entries = await journal();
    const confirmed = entries.find(({ type }) => type === 'trip.confirmed');
    const last = entries.at(-1)!;
    const { status, step } = last.data as JournalData;
    assert.deepEqual([status, step, last.unit], ['completed', 'confirm', confirmed?.unit]);
  }));

test('the start is in the commit that accepts: without it there is no saga', () =>
  scene({}, async ({ it, plan, journal }) => {
    await plan();
    await it.runtime.settle();
    assert.equal((await journal())[0]?.type, 'saga.started');
    await assert.doesNotReject(plan());
    assert.equal(
      (await journal()).filter(({ type }) => type === 'saga.started').length,
      1,
      'a refused plan starts nothing',
    );
  }));

test('a refusal undoes the steps before it, not itself, and the ending is in that commit', () =>
  scene({ 'flights.take': async () => refused }, async (all) => {
    const { it, calls, plan, record, status, journal } = all;
    await plan();
    await it.runtime.settle();
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(await status(), { status: 'cancelled', reason: 'NO' });
    assert.deepEqual(called(calls).slice(1), ['rooms.take', 'flights.take', 'rooms.giveBack']);
    assert.equal(calls.at(-1)?.headers.idempotencyKey, 'saga/trip-1/room/compensate');
    const entries = await journal();
    const cancelled = entries.find(({ type }) => type === 'trip.cancelled');
    const lastStep = entries.findLast(({ type }) => type === 'saga.step');
    assert.equal(cancelled?.unit, lastStep?.unit);
  }));

test('a refusal of the first step ends the saga at once', () =>
  scene({ 'rooms.take': async () => refused }, async ({ it, calls, plan, status }) => {
    await plan();
    await it.runtime.settle();
    assert.deepEqual(await status(), { status: 'cancelled', reason: 'NO' });
    assert.deepEqual(called(calls).slice(1), ['rooms.take']);
  }));

test('a refusal of the pivot undoes every step before it, in reverse', () =>
  scene({ 'bank.take': async () => refused }, async ({ it, calls, plan, status }) => {
    await plan();
    await it.runtime.settle();
    assert.deepEqual(called(calls).slice(4), ['flights.giveBack', 'rooms.giveBack']);
    assert.deepEqual(await status(), { status: 'cancelled', reason: 'NO' });
  }));

test('an answer that was lost: the step comes again with the same key, and has one effect', () => {
  let lost = 3;
  const lossy: Answers[string] = async (call, next) => {
    const reply = await next(call);
    lost -= 1;
    return lost >= 0 ? away : reply;
  };
  return scene({ 'flights.take': lossy }, async ({ it, calls, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(5_000);
    assert.equal((await record())?.status, 'completed');
    assert.equal((await holding('flights'))?.taken, 1);
    const keys = calls
      .filter(({ service }) => service === 'flights')
      .map(({ headers }) => headers.idempotencyKey);
    assert.deepEqual(keys, Array(4).fill('saga/trip-1/flight'));
  });
});

test('a deadline before the pivot undoes the step of unknown outcome as well', () => {
  const acts: Answers[string] = async (call, next) => {
    await next(call);
    return away;
  };
  return scene({ 'flights.take': acts }, async ({ it, plan, record, status, holding }) => {
    await plan();
    await it.runtime.advance(300_000);
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(await holding('flights'), { taken: 1, givenBack: 1 });
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 1 });
    assert.equal(((await status()) as any).status, 'cancelled');
  });
});

test('a crash before the first attempt was journaled, then the deadline: undone all the same', () => {
  const silent: Answers[string] = async (call, next) => {
    await next(call);
    return new Promise(() => {}); // the process dies with the answer on its way
  };
  const answers: Answers = { 'flights.take': silent };
  return scene(answers, async ({ it, plan, record, holding }) => {
    await plan();
    await it.runtime.settle();
    await it.runtime.advance(1_000);
    it.service('trips').stop();
    await it.runtime.advance(100_000);
    await it.restart('trips');
    await it.runtime.advance(5_000);
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(await holding('flights'), { taken: 1, givenBack: 1 });
  });
});

test('from the first attempt of the pivot nothing is undone: it pauses after 70 attempts', () =>
  scene({ 'bank.take': async () => away }, async ({ it, calls, plan, record, status }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    const { status: now, attempts, reason, index } = (await record())!;
    assert.deepEqual([now, attempts, reason, index], ['paused', ATTEMPTS_MAX, 'UNAVAILABLE', 2]);
    assert.equal(called(calls).filter((name) => name === 'bank.take').length, ATTEMPTS_MAX);
    assert.ok(!called(calls).some((name) => name.endsWith('giveBack')));
    assert.equal(((await status()) as any).status, 'planned');
  }));

test('a compensation that fails comes again with its key until it succeeds', () => {
  let left = 5;
  const flaky: Answers[string] = async (call, next) => {
    left -= 1;
    return left >= 0 ? away : next(call);
  };
  const answers = { 'flights.take': async () => refused, 'rooms.giveBack': flaky };
  return scene(answers, async ({ it, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(10_000);
    assert.deepEqual([(await record())?.status, (await record())?.reason], ['compensated', 'NO']);
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 1 });
  });
});

test('a compensation that never succeeds pauses and keeps its place', () =>
  scene(
    { 'flights.take': async () => refused, 'rooms.giveBack': async () => away },
    async ({ it, plan, record, status }) => {
      await plan();
      await it.runtime.advance(A_DAY_MS);
      const { status: now, index, attempts } = (await record())!;
      assert.deepEqual([now, index, attempts], ['paused', 0, ATTEMPTS_MAX]);
      assert.equal(((await status()) as any).status, 'planned');
    },
  ));

for (const stuck of ['rooms.take', 'flights.take', 'bank.take'])
  test(`a restart while ${stuck} waits goes on exactly there`, () => {
    const answers: Answers = { [stuck]: async () => away };
    return scene(answers, async ({ it, plan, record, holding }) => {
      await plan();
      await it.runtime.advance(500);
      await it.restart('trips');
      delete answers[stuck];
      await it.runtime.advance(10_000);
      assert.equal((await record())?.status, 'completed');
      for (const service of ['rooms', 'flights', 'bank'])
        assert.deepEqual(await holding(service), { taken: 1, givenBack: 0 });
    });
  });

test('a failed flush of the outcome resends the step, which has one effect', () =>
  scene({}, async ({ it, plan, record, holding }) => {
    await plan();
    it.failNextFlush('trips');
    await it.runtime.advance(5_000);
    assert.equal((await record())?.status, 'completed');
    assert.equal((await holding('rooms'))?.taken, 1);
  }));
