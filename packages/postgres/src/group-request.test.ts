// What does a group ask of the database, and who falls when one of its conditions does not hold?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStamp } from 'offshoot/testing';
import { COMMIT_PARAMETERS } from './commit-function.ts';
import { groupRequest } from './group-request.ts';
import { type Condition, type Staged, stagedUnit } from './staged-unit.ts';

const crc32 = () => 7;
const DOCUMENT = { ids: 1, revisions: 2, removed: 16, written: 18, revision: 19 };

function unit(name: string, conditions: Condition[], ids: readonly (string | null)[]): Staged {
  const documents = ids.map((id) => ({
    ...{ collection: 'jars', id: id ?? 'gone', text: id === null ? undefined : '{}' },
    ...{ ends: null, keys: [] },
  }));
  const change = { appends: [], documents: [], stamp: testStamp() };
  return stagedUnit(name, change, conditions, { documents, events: [] });
}

const at = (id: string, revision: number, after?: Staged): Condition => ({
  ...{ kind: 'document', collection: 'jars', id, revision, after },
});

test('it has a value for every parameter of the function', () => {
  const { lists } = groupRequest([unit('a', [], [])], crc32);
  assert.equal(lists.length + 3, COMMIT_PARAMETERS);
});

test('a chain of units on one document is one condition and one row', () => {
  const a = unit('a', [at('x', 4)], ['x']);
  const b = unit('b', [at('x', 5, a)], ['x']);
  const { lists } = groupRequest([a, b, unit('c', [at('x', 6, b)], ['x'])], crc32);
  assert.deepEqual(
    [lists[DOCUMENT.ids], lists[DOCUMENT.revisions], lists[DOCUMENT.revision]],
    ['{"x"}', '{4}', '{7}'],
  );
});

test('changes of what nobody has read count from what is stored', () => {
  const { lists } = groupRequest([unit('a', [], ['x']), unit('b', [], ['x'])], crc32);
  assert.equal(lists[DOCUMENT.revision], '{-2}');
});

test('what is removed and written again begins at 1, what is removed last is gone', () => {
  const again = [unit('a', [], [null]), unit('b', [], ['gone'])];
  assert.equal(groupRequest(again, crc32).lists[DOCUMENT.revision], '{1}');
  const { lists } = groupRequest(again.reverse(), crc32);
  assert.deepEqual([lists[DOCUMENT.removed], lists[DOCUMENT.written]], ['{"gone"}', '{}']);
});

test('all units with a condition are blamed for it, and it is asked once', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => unit(name, [at('x', 1)], [name]));
  const { lists, blamed } = groupRequest([a!, b!, c!], crc32);
  assert.equal(lists[DOCUMENT.ids], '{"x"}');
  assert.deepEqual(blamed('c', 1), [a, b, c]);
  assert.deepEqual(blamed('c', 2), []);
});
