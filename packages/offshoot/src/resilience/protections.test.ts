import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { bulkhead, fixed, pipeline, protections, shedder } from './index.ts';

test('a pipeline shows with all that it is made of, and a person overrules its breaker', async () => {
  const runtime = manualRuntime();
  const all = protections();
  const users = all.pipeline(
    pipeline({
      ...{ name: 'users', runtime },
      shed: shedder({ name: 'users', runtime, limit: fixed(7) }),
      bulkhead: bulkhead({ name: 'users', runningMax: 3 }),
    }),
  );
  await users.run(async () => 'ada');
  const { breakers, limits, pipelines } = all.look();
  assert.deepEqual(
    [breakers.map(({ state }) => state), limits.map(({ runningMax }) => runningMax)],
    [['closed'], [3, 7]],
  );
  assert.equal(pipelines[0]?.calls, 1);
  all.find('users').force('open');
  await assert.rejects(
    users.run(async () => 'ada'),
    { code: 'CIRCUIT_OPEN' },
  );
  all.find('users').reset();
  assert.equal(await users.run(async () => 'ada'), 'ada');
});

test('a name that nobody has is refused with those there are', () => {
  const all = protections();
  assert.throws(() => all.find('users'), { code: 'BREAKER_NOT_FOUND', message: /there is none/ });
});
