// Can an operator see what waits for a person, and decide, from the command line?
import assert from 'node:assert/strict';
import test from 'node:test';
import { runningHost, until } from './fixtures/running-host.ts';

test('saga lists, shows and decides on a running host, and story tells all of it', async (t) => {
  const { run } = await runningHost(t, 'saga');
  const saga = async (...args: string[]) => run('saga', ...args);
  const json = async (...args: string[]) => JSON.parse(await saga(...args, '--json'));
  const paused = async () => (await json('ls', '--status', 'paused')).sagas as any[];

  for (const id of ['p1', 'p2', 'p3']) await run('call', 'post.send', JSON.stringify({ id }));
  await until(async () => (await paused()).length >= 3);
  const [first] = await paused();
  assert.deepEqual(
    [first.service, first.id, first.saga, first.version, first.paused],
    ['post', 'p1', 'parcel', 1, 'NO'],
  );
  const page = await json('ls', '--limit', '2');
  assert.deepEqual([page.sagas.length, page.next], [2, 'post:p2']);
  const rest = await json('ls', '--limit', '2', '--after', page.next);
  assert.deepEqual(
    rest.sagas.map(({ id }: any) => id),
    ['p3'],
  );
  assert.match(await saga('ls', '--saga', 'parcel'), /^service +id +saga.*\npost +p1 +parcel +1 /);

  assert.match(await saga('show', 'p1'), /parcel v1 of post: paused \(NO\)[\s\S]*at carry/);
  assert.match(await saga('resume', 'p1', '--reason', 'again'), /^parcel p1: running/);
  await until(async () => (await paused()).length >= 3);
  const skip = ['skip', 'p1', '--result', '{"id":"by hand"}', '--reason', 'it lies there'];
  assert.equal((await json(...skip)).status, 'completed');
  const shown = await json('show', 'p1');
  assert.deepEqual(shown.record.results.carry, { id: 'by hand' });
  assert.equal(shown.history.at(-1).data.by, 'user:operator');
  assert.match(await saga('show', 'p1'), /skip by user:operator: it lies there/);

  await assert.rejects(saga('compensate', 'p2'), { code: 1, stderr: /stamp, carry may have/ });
  assert.match(await saga('compensate', 'p2', '--force'), /^parcel p2: compensat/);
  assert.match(
    await saga('show', 'p2'),
    /compensate by user:operator \(stays done: stamp, carry\)/,
  );
  const story = await run('story', 'p2');
  const lines = [
    /^\d{4}-.* by user:operator$/,
    /^ *\+0 ms +post +parcel v1: started p2$/,
    /post +├ parcel: pack: result → running$/,
    /post +├ parcel: carry: refusal NO → paused$/,
    /post +├ parcel: compensate by user:operator → compensating$/,
    /post +└ parcel: undo pack: result → compensated$/,
  ];
  for (const line of lines)
    assert.ok(
      story.split('\n').some((one) => line.test(one)),
      story,
    );
  const { roots, isCut } = JSON.parse(await run('story', 'p2', '--json'));
  assert.deepEqual([roots.length, isCut], [1, false]);
  await assert.rejects(run('story', 'p9'), { code: 1, stderr: /about p9/ });

  await assert.rejects(saga('resume', 'p9'), { code: 1, stderr: /SAGA_NOT_FOUND/ });
  await assert.rejects(saga('resume'), { code: 2, stderr: /makes no sense/ });
  await assert.rejects(saga('dance', 'p1'), { code: 2, stderr: /makes no sense/ });
});
