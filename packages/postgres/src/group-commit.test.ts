// Who shares a commit, who falls with whom, and who hears what when a commit does not happen?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionAt } from 'offshoot/store';
import { manualRuntime, testStamp } from 'offshoot/testing';
import { type Connection, ConnectionLost, ServerRefusal } from './connection.ts';
import { groupCommit } from './group-commit.ts';
import { groupRequests } from './group-request.ts';
import { overlay } from './overlay.ts';
import { type Condition, type Staged, stagedUnit } from './staged-unit.ts';

type Answer = string | Error;

function scene(answers: Answer[], outcomes: Answer[] = []) {
  const runtime = manualRuntime();
  const sent: string[] = [];
  const connection = {
    async run({ name }: { name: string }, [id]: readonly string[]) {
      sent.push(`${name} ${id}`);
      const next = (name === 'commit' ? answers : outcomes).shift() ?? '0';
      if (next instanceof Error) throw next;
      return [[next]];
    },
  } as unknown as Connection;
  const seen = overlay();
  const commits = groupCommit({
    ...{ runtime, connection, overlay: seen, epoch: 1, fieldCount: () => 0, head: 0 },
    request: groupRequests({}, () => 7),
    ...{ commit: { name: 'commit', text: '' }, resolve: { name: 'resolve', text: '' } },
    ...{ reloadFields: async () => {}, advance: () => {}, onOthers: () => {} },
    ...{ onRefused: () => {}, onCommitted: () => {}, resolveMs: 10_000 },
    positionAt: (seq) => positionAt([{ epoch: 1, forkedAt: 0 }], seq),
  });
  return { runtime, commits, sent, seen };
}

function unit(name: string, conditions: Condition[] = []): Staged {
  const change = { appends: [], documents: [], stamp: testStamp() };
  const documents = [{ collection: 'jars', id: name, text: '{}', ends: null, keys: [] }];
  const event = { id: name, type: 't', schema: 1, at: 0, key: name, public: true };
  const events = [{ ...event, stream: name, subject: undefined, text: '{}' }];
  return stagedUnit(name, change, conditions, { documents, events });
}

const on = (id: string, revision: number, after?: Staged): Condition => ({
  ...{ kind: 'document', collection: 'jars', id, revision, after },
});
const code = async (one: Staged): Promise<string | number> =>
  one.done.then(
    ({ position }) => position.seq,
    (error) => error.code,
  );

test('units of one turn are one commit, each with its own position', async () => {
  const { runtime, commits, sent } = scene(['40']);
  const units = ['a', 'b', 'c'].map((name) => unit(name));
  for (const one of units) commits.add(one);
  await runtime.settle();
  assert.deepEqual(await Promise.all(units.map(code)), [41, 42, 43]);
  assert.equal(sent.length, 1);
});

test('who counted on what is not so falls, with who built on it; the rest is sent again', async () => {
  const { runtime, commits, sent } = scene(['{"c":[1]}', '7']);
  const a = unit('a', [on('x', 3)]);
  const b = unit('b', [on('a', 1, a)]);
  const c = unit('c');
  for (const one of [a, b, c]) commits.add(one);
  await runtime.settle();
  assert.deepEqual(await Promise.all([a, b, c].map(code)), ['CONFLICT', 'CONFLICT', 8]);
  assert.equal(sent.length, 2);
  assert.equal(commits.failures, 0, 'nobody had read what they wrote');
});

test('when somebody had read what did not happen, the failure is counted, and waiting ends with it', async () => {
  const { runtime, commits } = scene(['{"c":[1]}', '0']);
  const a = unit('a', [on('x', 3)]);
  commits.add(a);
  a.wasRead = true;
  commits.add(unit('c'));
  const settled = commits.settled();
  await Promise.all([runtime.settle(), assert.rejects(settled, { code: 'CONFLICT' })]);
  assert.equal(commits.failures, 1);
});

test('a thousand units are a group, and the next thousand another', async () => {
  const { runtime, commits, sent } = scene(['0', '1000', '2000']);
  const units = Array.from({ length: 2_500 }, (_, n) => unit(`u${n}`));
  for (const one of units) commits.add(one);
  await runtime.settle();
  assert.equal(sent.length, 3);
  assert.equal(await code(units[2_499]!), 2_500);
  await commits.idle();
});

test('a commit that the database refuses did not happen: all of it, and what waits, conflicts', async () => {
  const { runtime, commits, seen } = scene([new ServerRefusal('57014', 'too slow', undefined)]);
  const a = unit('a');
  commits.add(a);
  await runtime.settle();
  assert.equal(await code(a), 'CONFLICT');
  assert.equal(commits.failures, 1);
  assert.equal(seen.document('jars', 'a'), undefined);
});

test('of a commit whose answer was lost it is asked what became of it, by its id', async () => {
  const lost = () => new ConnectionLost('gone');
  const happened = scene([lost()], ['12']);
  const a = unit('a');
  happened.commits.add(a);
  await happened.runtime.settle();
  assert.equal(await code(a), 13);
  const [commit, resolve] = happened.sent.map((one) => one.split(' ')[1]);
  assert.equal(commit, resolve);
  const never = scene([lost()], ['-1']);
  const b = unit('b');
  never.commits.add(b);
  await never.runtime.settle();
  assert.equal(await code(b), 'CONFLICT');
});

test('while nobody answers the outcome stays open, and after its time it is UNAVAILABLE', async () => {
  const lost = () => new ConnectionLost('gone');
  const silent = Array.from({ length: 200 }, lost);
  const { runtime, commits, sent } = scene([lost()], silent);
  const a = unit('a');
  commits.add(a);
  await runtime.advance(9_000);
  assert.equal(a.state, 'staged');
  await runtime.advance(2_000);
  assert.equal(await code(a), 'UNAVAILABLE');
  assert.ok(sent.length > 50 && sent.length < 150, `${sent.length} questions`);
});
