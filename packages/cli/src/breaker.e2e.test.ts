// Can an operator see the breakers and limits of a running host from the command line?
import assert from 'node:assert/strict';
import test from 'node:test';
import { runningHost } from './fixtures/running-host.ts';

test('breaker and limits answer on a running host, and say what is not there', async (t) => {
  const { run } = await runningHost(t, 'messages');
  assert.deepEqual(JSON.parse(await run('breaker', 'ls', '--json')), { version: 1, breakers: [] });
  const limits = JSON.parse(await run('limits', '--json'));
  assert.deepEqual([limits.version, limits.pipelines], [1, []]);
  await assert.rejects(run('breaker', 'open', 'provider'), {
    code: 1,
    stderr: /BREAKER_NOT_FOUND/,
  });
  await assert.rejects(run('breaker', 'burn', 'provider'), { code: 2, stderr: /usage/ });
});
