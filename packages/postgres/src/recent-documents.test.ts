// Is what was read a moment ago used for a moment only, and never in place of something newer?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentState } from './overlay.ts';
import { recentDocuments } from './recent-documents.ts';

const at = (revision: number | undefined) =>
  ({ revision, text: `{"revision":${revision}}`, by: { stamp: '9' } }) as DocumentState;
const stored = (revision: number) => ({ revision, text: `{"revision":${revision}}`, stamp: '9' });

test('it is known for 25 ms', () => {
  let now = 0;
  const recent = recentDocuments(() => now);
  recent.fetched('jars', 'a', stored(1), recent.moment);
  now = 24;
  assert.equal(recent.get('jars', 'a')?.revision, 1);
  now = 25;
  assert.equal(recent.get('jars', 'a'), undefined);
});

test('an answer that was asked for before a commit does not hide the commit', () => {
  const recent = recentDocuments(() => 0);
  const { moment } = recent;
  recent.committed('jars', 'a', at(2));
  assert.equal(recent.fetched('jars', 'a', stored(1), moment).revision, 2);
  assert.equal(recent.get('jars', 'a')?.revision, 2);
  assert.equal(recent.fetched('jars', 'a', stored(3), recent.moment).revision, 3);
});

test('a change to a revision that only the database knows is not guessed', () => {
  const recent = recentDocuments(() => 0);
  recent.fetched('jars', 'a', stored(1), recent.moment);
  recent.committed('jars', 'a', at(undefined));
  assert.equal(recent.get('jars', 'a'), undefined);
});

test('it forgets one when it was wrong about it, and all when somebody else has written', () => {
  const recent = recentDocuments(() => 0);
  for (const id of ['a', 'b', 'c']) recent.fetched('jars', id, stored(1), recent.moment);
  recent.forget('jars', 'a');
  assert.deepEqual([recent.get('jars', 'a'), recent.get('jars', 'b')?.revision], [undefined, 1]);
  recent.clear();
  assert.equal(recent.get('jars', 'b'), undefined);
});

test('of very many only the last few thousand are kept', () => {
  const recent = recentDocuments(() => 0);
  for (let n = 0; n < 10_000; n += 1) recent.fetched('jars', `${n}`, stored(1), recent.moment);
  assert.equal(recent.get('jars', '1'), undefined);
  assert.equal(recent.get('jars', '9999')?.revision, 1);
});
