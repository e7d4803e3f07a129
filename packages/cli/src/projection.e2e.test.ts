// Can an operator rebuild a read model of a running host, and go back, from the command line?
import assert from 'node:assert/strict';
import test from 'node:test';
import { runningHost, until } from './fixtures/running-host.ts';

test('projection lists, rebuilds and rolls back on a running host', async (t) => {
  const { run } = await runningHost(t, 'projection');
  const projection = async (...args: string[]) => run('projection', ...args);
  const json = async (...args: string[]) => JSON.parse(await projection(...args, '--json'));
  const call = async (operation: string) => run('call', operation, '{"guest":"ada"}');

  await call('bar.pour');
  const [first] = (await json('ls')).projections;
  assert.deepEqual(
    [first.service, first.name, first.live, first.other],
    ['bar', 'tabs', 'tabs.v1', ''],
  );
  assert.match(await projection('ls'), /^service +name +version +live.*\nbar +tabs +1 +tabs.v1 /);

  assert.equal(
    await projection('rebuild', 'tabs', '--wait'),
    'tabs of bar: tabs.v1.2 is live, tabs.v1 is previous\n',
  );
  await call('bar.pour');
  const back = await json('rollback', 'tabs', '--service', 'bar');
  assert.deepEqual([back.live, back.other, back.state], ['tabs.v1', 'tabs.v1.2', 'previous']);
  await until(async () => (await call('bar.tab')).includes('2'));

  await assert.rejects(projection('rebuild', 'cups'), { code: 1, stderr: /PRECONDITION_FAILED/ });
  await assert.rejects(projection('rebuild'), { code: 2, stderr: /makes no sense/ });
  await assert.rejects(projection('dance', 'tabs'), { code: 2, stderr: /makes no sense/ });
});
