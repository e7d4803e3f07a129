import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { type HealthCheck, healthChecks } from './health.ts';

const check = (name: string, more: Partial<HealthCheck> = {}): HealthCheck => ({
  name,
  componentType: 'datastore',
  probe: () => undefined,
  ...more,
});
const down = () => {
  throw new Error('connect ECONNREFUSED db.internal:5432');
};

test('is well when all are, with how long each took', async () => {
  const look = healthChecks(manualRuntime(), [check('database:a'), check('database:b')]);
  const { status, checks } = await look();
  assert.equal(status, 'pass');
  assert.deepEqual(checks?.['database:a'], [
    {
      status: 'pass',
      observedValue: 0,
      observedUnit: 'ms',
      componentType: 'datastore',
      time: '2027-01-15T08:00:00.000Z',
    },
  ]);
});

test('trap 42: two failing checks stand each under its own name', async () => {
  const look = healthChecks(manualRuntime(), [
    check('database:a', { probe: down }),
    check('database:b', { probe: async () => down() }),
    check('database:c'),
  ]);
  const { status, checks = {} } = await look();
  assert.equal(status, 'fail');
  assert.deepEqual(
    Object.entries(checks).map(([name, [entry]]) => [name, entry?.status, entry?.output]),
    [
      ['database:a', 'fail', 'INTERNAL_ERROR'],
      ['database:b', 'fail', 'INTERNAL_ERROR'],
      ['database:c', 'pass', undefined],
    ],
  );
  assert.ok(!JSON.stringify(checks).includes('db.internal'), 'what an error says is not for all');
  const twice = [check('database:a'), check('database:a')];
  assert.throws(() => healthChecks(manualRuntime(), twice), { code: 'BAD_DEFINITION' });
});

test('a check that is not critical only warns', async () => {
  const look = healthChecks(manualRuntime(), [
    check('database:a'),
    check('external:mail', { critical: false, probe: down }),
  ]);
  assert.equal((await look()).status, 'warn');
});

test('trap 41: a check that hangs is answered for in its timeout, and not started again', async () => {
  const runtime = manualRuntime();
  const gate = Promise.withResolvers<undefined>();
  let started = 0;
  const probe = () => {
    started += 1;
    return gate.promise;
  };
  const look = healthChecks(runtime, [check('database:a', { timeoutMs: 200, probe })]);
  for (let time = 0; time < 3; time += 1) {
    const asked = look();
    await runtime.advance(200);
    const { status, checks } = await asked;
    assert.deepEqual(
      [status, checks?.['database:a']?.[0]?.output],
      ['fail', 'no answer in 200 ms'],
    );
  }
  assert.equal(started, 1);
  gate.resolve(undefined);
  await runtime.settle();
  assert.equal((await look()).status, 'pass');
});

test('an answer is kept for a moment, however many ask', async () => {
  const runtime = manualRuntime();
  let probes = 0;
  const probe = () => {
    probes += 1;
    return undefined;
  };
  const look = healthChecks(runtime, [check('database:a', { cacheMs: 500, probe })]);
  await Promise.all(Array.from({ length: 50 }, look));
  await look();
  assert.equal(probes, 1);
  await runtime.advance(500);
  await look();
  assert.equal(probes, 2);
});
