// Can an operator read who did what, when and why, from the command line?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { OFFSHOOT, runningHost } from './fixtures/running-host.ts';

test('r36: events lists, shows and follows what a running host has recorded', async (t) => {
  const { data, run } = await runningHost(t, 'messages');
  const events = async (...args: string[]) => run('events', ...args);
  const send = (to: string) => run('call', 'post.send', JSON.stringify({ to, text: 'hello' }));

  await send('ada');
  await send('bob');
  const page = JSON.parse(await events('ls', '--type', 'letter.*', '--limit', '1', '--json'));
  assert.deepEqual([page.version, page.isEnd, page.entries.length], [1, false, 1]);
  const [bob] = page.entries;
  assert.deepEqual(
    [bob.service, bob.type, bob.key, bob.actor, bob.data.text],
    ['post', 'letter.sent', 'bob', 'user:operator', { sealed: true, subject: 'bob' }],
  );
  assert.match(
    await events('ls', '--before', page.cursor),
    /^at +service +type +key +who +why +id\n\S+ +post +letter\.sent +ada +user:operator /,
  );
  assert.match(await events('show', 'ada'), /type +letter\.sent[\s\S]*actor +user:operator/);
  const { entries } = JSON.parse(await events('show', bob.correlation, '--json'));
  assert.deepEqual(
    entries.map(({ id }: any) => id),
    [bob.id],
  );

  const tail = spawn(
    process.execPath,
    [OFFSHOOT, 'events', 'tail', '--key', 'eve', '--json', '--data', data],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => tail.kill('SIGKILL'));
  await send('bob');
  await send('eve'); // told as news, or among the last if the tail begins later
  for await (const line of createInterface({ input: tail.stdout })) {
    const entry = JSON.parse(line);
    assert.deepEqual([entry.version, entry.key, entry.type], [1, 'eve', 'letter.sent']);
    break;
  }

  await assert.rejects(events('show', 'nobody'), { code: 1, stderr: /is about nobody/ });
  await assert.rejects(events('show'), { code: 2, stderr: /makes no sense/ });
  await assert.rejects(events('ls', '--limit', 'x'), { code: 3, stderr: /BAD_SETTING/ });
});
