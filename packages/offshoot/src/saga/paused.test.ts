// What may a person do with a saga that waits for them?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answers, AWAY, called, REFUSED, TRIP, tripScene } from '../testing/trip-scene.ts';
import { ATTEMPTS_MAX, type DecisionData, SAGA_ENTRIES } from './index.ts';

const A_DAY_MS = 24 * 3_600_000;
const WHO = { by: 'user:ann', why: 'ticket 7' };
const away = async () => AWAY;
const refuses = async () => REFUSED;

const decisions = (journal: readonly { type: string; actor: string; data: any }[]) =>
  journal
    .filter(({ type }) => type === SAGA_ENTRIES.decided)
    .map(({ actor, data }) => ({ actor, ...(data as DecisionData) }));

test('trap 29: a failed compensation pauses, survives a restart, is counted, and resumes', () => {
  const answers: Answers = { 'flights.take': refuses, 'rooms.giveBack': away };
  return tripScene(answers, async ({ it, engine, plan, record, holding, journal, ...all }) => {
    await plan();
    assert.equal(engine.paused, 0);
    await it.runtime.advance(A_DAY_MS);
    assert.equal(engine.paused, 1);
    await it.restart('trips');
    const again = it.service('trips').sagas;
    assert.equal(again.paused, 1, 'a restart counts who waits');
    assert.equal((await record())?.status, 'paused', 'and decides nothing by itself');
    delete answers['rooms.giveBack'];
    await again.resume(TRIP, WHO);
    assert.equal(again.paused, 0);
    await it.runtime.advance(1_000);
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 1 });
    assert.deepEqual(await all.status(), { status: 'cancelled', reason: 'NO' });
    assert.deepEqual(decisions(await journal()), [
      {
        ...{ actor: 'user:ann', saga: 'journey', definitionVersion: 1, decision: 'resume' },
        ...{ step: 'room', direction: 'back', ...WHO, notUndone: [], status: 'compensating' },
      },
    ]);
  });
});

test('trap 28: the error of a compensation does not hide why the saga compensates', () =>
  tripScene({ 'flights.take': refuses, 'rooms.giveBack': away }, async (scene) => {
    const { it, plan, record } = scene;
    await plan();
    await it.runtime.advance(A_DAY_MS);
    const { status, reason, pause } = (await record())!;
    assert.deepEqual([status, reason], ['paused', 'NO']);
    assert.deepEqual([pause?.code, pause?.direction], ['UNAVAILABLE', 'back']);
    const entries = (await scene.journal()).filter(({ type }) => type === SAGA_ENTRIES.step);
    assert.equal(entries.length, 2 + ATTEMPTS_MAX, 'every attempt is in the journal');
  }));

test('a step after the pivot that is resumed is sent again with its key, as often as before', () => {
  const answers: Answers = { 'bank.take': away };
  return tripScene(answers, async ({ it, engine, calls, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    await engine.resume(TRIP, WHO);
    await it.runtime.advance(A_DAY_MS);
    const tries = calls.filter(({ service }) => service === 'bank');
    assert.equal(tries.length, 2 * ATTEMPTS_MAX);
    assert.equal(new Set(tries.map(({ headers }) => headers.idempotencyKey)).size, 1);
    delete answers['bank.take'];
    await engine.resume(TRIP, WHO);
    await it.runtime.settle();
    assert.deepEqual([(await record())?.status, (await record())?.reason], ['completed', '']);
    assert.equal((await record())?.pause, undefined);
    assert.deepEqual(await holding('bank'), { taken: 1, givenBack: 0 });
  });
});

test('skip says what a step would have answered, and the saga goes on from there', () =>
  tripScene({ 'bank.take': away }, async ({ it, engine, plan, record, status }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    await assert.rejects(engine.skip(TRIP, WHO), { code: 'VALIDATION_FAILED' });
    await assert.rejects(engine.skip(TRIP, WHO, { other: 1 }), { code: 'VALIDATION_FAILED' });
    await engine.skip(TRIP, WHO, { ref: 'by hand' });
    await it.runtime.settle();
    assert.deepEqual((await record())?.results.charge, { ref: 'by hand' });
    assert.equal((await status())?.status, 'confirmed');
  }));

test('skip of a compensation goes on to undo the step before', () => {
  const answers: Answers = { 'bank.take': refuses, 'flights.giveBack': away };
  return tripScene(answers, async ({ it, engine, plan, record, holding }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    await engine.skip(TRIP, WHO);
    await it.runtime.settle();
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(await holding('flights'), { taken: 1, givenBack: 0 });
    assert.deepEqual(await holding('rooms'), { taken: 1, givenBack: 1 });
  });
});

test('the skip of the last compensation ends the saga in its own commit', () => {
  const answers: Answers = { 'flights.take': refuses, 'rooms.giveBack': away };
  return tripScene(answers, async ({ it, engine, plan, journal, status }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    await engine.skip(TRIP, WHO);
    assert.deepEqual(await status(), { status: 'cancelled', reason: 'NO' });
    const entries = await journal();
    const ended = entries.find(({ type }) => type === 'trip.cancelled');
    const decided = entries.find(({ type }) => type === SAGA_ENTRIES.decided);
    assert.equal(decided?.unit, ended?.unit);
    assert.equal(decided?.data.status, 'compensated');
  });
});

test('after the pivot only a forced word of a person compensates, and says what stays done', () =>
  tripScene({ 'bank.take': away }, async (scene) => {
    const { it, engine, calls, plan, record, status, journal } = scene;
    await plan();
    await it.runtime.advance(A_DAY_MS);
    await assert.rejects(engine.compensate(TRIP, WHO), {
      code: 'PRECONDITION_FAILED',
      message: /^charge may have happened/,
    });
    assert.equal((await record())?.status, 'paused', 'a refused decision changes nothing');
    await engine.compensate(TRIP, { ...WHO, force: true });
    await it.runtime.settle();
    assert.equal((await record())?.status, 'compensated');
    assert.deepEqual(called(calls).slice(-2), ['flights.giveBack', 'rooms.giveBack']);
    assert.deepEqual(await status(), { status: 'cancelled', reason: 'UNAVAILABLE' });
    const [decision] = decisions(await journal());
    assert.deepEqual(decision?.notUndone, ['charge']);
    assert.deepEqual([decision?.by, decision?.why], ['user:ann', 'ticket 7']);
  }));

test('decisions are for paused sagas that exist', () =>
  tripScene({}, async ({ it, engine, plan }) => {
    await assert.rejects(engine.resume('nobody', WHO), { code: 'SAGA_NOT_FOUND' });
    await plan();
    await it.runtime.settle();
    for (const decide of [engine.resume, engine.skip, engine.compensate])
      await assert.rejects(decide(TRIP, WHO), { code: 'PRECONDITION_FAILED' });
  }));

test('a saga that compensates already cannot be asked to', () =>
  tripScene({ 'flights.take': refuses, 'rooms.giveBack': away }, async (scene) => {
    await scene.plan();
    await scene.it.runtime.advance(A_DAY_MS);
    const asked = scene.engine.compensate(TRIP, WHO);
    await assert.rejects(asked, { code: 'PRECONDITION_FAILED', message: /already/ });
  }));

test('two people decide at once: one decision counts, the other is refused', () =>
  tripScene({ 'bank.take': away }, async ({ it, engine, plan, journal }) => {
    await plan();
    await it.runtime.advance(A_DAY_MS);
    const both = await Promise.allSettled([
      engine.resume(TRIP, WHO),
      engine.skip(TRIP, { by: 'user:bob', why: '' }, { ref: 'x' }),
    ]);
    const refused = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    assert.equal(refused?.reason.code, 'PRECONDITION_FAILED');
    assert.equal(decisions(await journal()).length, 1);
    assert.equal(engine.paused, 0);
  }));

test('a list is a page of a status and a name, and show is the record with its journal', () =>
  tripScene({ 'bank.take': away }, async ({ it, engine, plan }) => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await plan(id);
    await it.runtime.advance(A_DAY_MS);
    await engine.skip('c', WHO, { ref: 'x' });
    await it.runtime.settle();
    const first = await engine.list({ status: 'paused', limit: 2 });
    assert.deepEqual([first.sagas.map(({ id }) => id), first.next], [['a', 'b'], 'b']);
    const rest = await engine.list({ status: 'paused', limit: 2, after: first.next! });
    assert.deepEqual(
      rest.sagas.map(({ id }) => id),
      ['d', 'e'],
    );
    const named = await engine.list({ saga: 'journey', limit: 4 });
    assert.deepEqual([named.sagas.length, named.next], [4, 'd']);
    assert.deepEqual((await engine.list({ saga: 'other' })).sagas, []);
    const one = (await engine.show('c'))!;
    assert.deepEqual([one.record.status, one.step], ['completed', undefined]);
    assert.equal((await engine.show('a'))?.step, 'charge');
    assert.deepEqual(
      one.history.slice(-2).map(({ type }) => type),
      [SAGA_ENTRIES.decided, SAGA_ENTRIES.step],
    );
    assert.equal(await engine.show('nobody'), undefined);
  }));
