// Is exactly that undone which was done, in reverse, through crashes, once in effect?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answers, AWAY, called, REFUSED, tripScene } from '../testing/trip-scene.ts';
import { SAGA_ENTRIES } from './index.ts';

test('trap 24: two sagas of one definition, one fails: only its own steps are undone', () => {
  const answers: Answers = {
    'bank.take': async (call, next) =>
      (call.input as { tripId: string }).tripId === 'bad' ? REFUSED : next(call),
  };
  return tripScene(answers, async ({ it, plan, record, holding }) => {
    await Promise.all([plan('good'), plan('bad')]);
    await it.runtime.advance(1_000);
    assert.equal((await record('good'))?.status, 'completed');
    assert.equal((await record('bad'))?.status, 'compensated');
    for (const service of ['rooms', 'flights']) {
      assert.deepEqual(await holding(service, 'good'), { taken: 1, givenBack: 0 });
      assert.deepEqual(await holding(service, 'bad'), { taken: 1, givenBack: 1 });
    }
  });
});

for (const crashAt of ['flights.giveBack', 'rooms.giveBack'])
  test(`trap 25: a crash during ${crashAt}, then a restart: the order is exact and the journal grows only`, () => {
    let crash: (() => Promise<void>) | undefined;
    const answers: Answers = {
      'bank.take': async () => REFUSED,
      [crashAt]: async (call, next) => {
        const reply = await next(call);
        if (!crash) return reply;
        await crash();
        return new Promise(() => {}); // it took effect, and the process died with the answer
      },
    };
    return tripScene(answers, async ({ it, calls, plan, record, holding, journal }) => {
      let before: readonly unknown[] = [];
      crash = async () => {
        crash = undefined;
        it.service('trips').stop();
        before = await journal();
      };
      await plan();
      await it.runtime.advance(1_000);
      assert.equal((await record())?.status, 'compensating');
      await it.restart('trips');
      await it.runtime.advance(1_000);
      assert.equal((await record())?.status, 'compensated');
      const undone = called(calls).filter((name) => name.endsWith('giveBack'));
      assert.deepEqual([...new Set(undone)], ['flights.giveBack', 'rooms.giveBack']);
      assert.equal(undone.length, 3, 'the one that was cut off came again');
      for (const service of ['flights', 'rooms'])
        assert.deepEqual(await holding(service), { taken: 1, givenBack: 1 });
      const after = await journal();
      assert.ok(before.length > 0 && after.length > before.length);
      assert.deepEqual(after.slice(0, before.length), before);
      const steps = after.filter(({ type }) => type === SAGA_ENTRIES.step).map(({ data }) => data);
      assert.deepEqual(
        steps.map(({ step, direction }) => `${step} ${direction}`),
        ['room forward', 'flight forward', 'charge forward', 'flight back', 'room back'],
      );
    });
  });

test('trap 28: a compensation that is sent twice has one effect', () => {
  let lost = 1;
  const answers: Answers = {
    'flights.take': async () => REFUSED,
    'rooms.giveBack': async (call, next) => {
      const reply = await next(call);
      lost -= 1;
      return lost >= 0 ? AWAY : reply;
    },
  };
  return tripScene(answers, async ({ it, calls, plan, record, holding, journal }) => {
    await plan();
    await it.runtime.advance(5_000);
    assert.equal((await record())?.status, 'compensated');
    assert.equal(called(calls).filter((name) => name === 'rooms.giveBack').length, 2);
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 1 });
    const outcomes = (await journal())
      .filter(({ data }) => data.direction === 'back')
      .map(({ data }) => data.outcome);
    assert.deepEqual(outcomes, [{ kind: 'unknown', code: 'UNAVAILABLE' }, { kind: 'result' }]);
  });
});
