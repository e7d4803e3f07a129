// Can an operator see what failed, let it be tried again, or give it up, from the command line?
import assert from 'node:assert/strict';
import test from 'node:test';
import { runningHost, until } from './fixtures/running-host.ts';

test('dlq lists, shows, replays and discards on a running host', async (t) => {
  const { run } = await runningHost(t, 'messages');
  const dlq = (...args: string[]) => run('dlq', ...args);
  const json = async (...args: string[]) => JSON.parse(await dlq(...args, '--json'));
  const waiting = async (subscription: any = {}) => {
    [subscription = { messages: 0 }] = (await json('ls')).subscriptions;
    return subscription.messages as number;
  };

  for (const [to, text] of ['ada a1', 'ada a2', 'bob b1'].map((one) => one.split(' ')))
    await run('call', 'post.send', JSON.stringify({ to, text }));
  await until(async () => (await waiting()) === 3);
  const [group, ...others] = (await json('ls')).groups;
  assert.deepEqual([others, group.messages, group.behind, group.keys], [[], 2, 1, ['ada', 'bob']]);
  assert.match(
    await dlq('ls'),
    /^group +service +subscription.*\n[0-9a-f]{12} +reader +reader\.letters +letter\.sent +2 +0 +1 /,
  );
  const { messages } = await json('ls', '--group', group.fingerprint);
  assert.equal(messages.length, 2);
  const ofAda = (await json('ls', '--key', 'ada')).messages;
  assert.deepEqual(
    ofAda.map(({ state }: any) => state),
    ['retrying', 'behind'],
  );
  const [{ message }] = ofAda;

  const shown = await json('show', message);
  assert.deepEqual(shown.event.data, { to: 'ada', text: { sealed: true, subject: 'ada' } });
  assert.match(await dlq('show', message), /key ada: retrying\n\d attempts[\s\S]*"sealed": true/);
  const opened = await json('show', message, '--open', '--reason', 'she asked');
  assert.deepEqual(opened.opened, { to: 'ada', text: 'a1' });
  assert.match(await dlq('show', message), /opened +user:operator +she asked/);
  await assert.rejects(dlq('show', message, '--open'), { code: 1, stderr: /VALIDATION_FAILED/ });

  const dry = await dlq('replay', '--group', group.fingerprint, '--dry-run');
  assert.match(
    dry,
    /^reader reader\.letters: 2 would be tried again, 1 behind them follow\nkeys: ada bob/,
  );
  assert.equal(await waiting(), 3);
  await assert.rejects(dlq('replay', ofAda[1].message), { code: 1, stderr: /PRECONDITION_FAILED/ });
  await assert.rejects(dlq('discard', message), { code: 1, stderr: /say why/ });
  assert.match(await dlq('discard', message, '--reason', 'a test'), /discarded/);
  const twice = ['discard', message, '--reason', 'a test'];
  assert.match(await dlq(...twice), /was discarded before/);
  assert.match(await dlq('replay', '--key', 'bob'), /^reader reader\.letters: 1 are tried again/);
  await run('call', 'reader.learn');
  await dlq('replay', '--key', 'bob').catch(() => {}); // unless it was faster by itself
  await until(async () => (await waiting()) === 0);

  await assert.rejects(dlq('replay', '--key', 'bob'), {
    code: 1,
    stderr: /DEAD_LETTER_NOT_FOUND/,
  });
  await assert.rejects(dlq('replay'), { code: 2, stderr: /makes no sense/ });
  await assert.rejects(dlq('show'), { code: 2, stderr: /makes no sense/ });
});
