// What does a group ask of the database, and who falls when one of its conditions does not hold?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStamp } from 'offshoot/testing';
import { COMMIT_PARAMETERS } from './commit-function.ts';
import { groupRequests } from './group-request.ts';
import { GROUP_LISTS, type GroupList } from './group-rows.ts';
import { rowsOf } from './rows-under-test.ts';
import { type Condition, type Staged, stagedUnit } from './staged-unit.ts';

const requestOf = groupRequests({}, () => 7);
/** The rows of one list: of a document collection, id and the columns after them. */
const rows = (units: readonly Staged[], list: GroupList) =>
  rowsOf(requestOf(units).lists[1 + GROUP_LISTS.indexOf(list)]);
/** Where documents are written, with which revision. */
const revisions = (units: readonly Staged[]) =>
  Object.fromEntries(
    (['fresh', 'changed', 'written'] as const)
      .map((list) => [list, rows(units, list).map(([, id, revision]) => [id, revision])] as const)
      .filter(([, found]) => found.length > 0),
  );

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
  const { lists } = requestOf([unit('a', [], [])]);
  assert.equal(lists.length + 3, COMMIT_PARAMETERS);
});

test('a chain of units on one document is one condition and one row', () => {
  const a = unit('a', [at('x', 4)], ['x']);
  const b = unit('b', [at('x', 5, a)], ['x']);
  const chain = [a, b, unit('c', [at('x', 6, b)], ['x'])];
  assert.deepEqual(rows(chain, 'check'), [['jars', 'x', 4, null]]);
  assert.deepEqual(revisions(chain), { changed: [['x', 7]] });
});

test('what is known to be new is inserted, whatever follows on it', () => {
  const a = unit('a', [at('x', 0)], ['x']);
  const chain = [a, unit('b', [at('x', 1, a)], ['x'])];
  assert.deepEqual(revisions(chain), { fresh: [['x', 2]] });
});

test('changes of what nobody has read count from what is stored', () => {
  assert.deepEqual(revisions([unit('a', [], ['x']), unit('b', [], ['x'])]), {
    written: [['x', -2]],
  });
});

test('what is removed and written again begins at 1, what is removed last is gone', () => {
  const again = [unit('a', [], [null]), unit('b', [], ['gone'])];
  assert.deepEqual(revisions(again), { written: [['gone', 1]] });
  assert.deepEqual(rows(again, 'removed'), []);
  again.reverse();
  assert.deepEqual(rows(again, 'removed'), [['jars', 'gone']]);
  assert.deepEqual(revisions(again), {});
});

test('what is known to be there and removed and written again is changed, from 1', () => {
  const a = unit('a', [at('gone', 5)], [null]);
  assert.deepEqual(revisions([a, unit('b', [at('gone', 0, a)], ['gone'])]), {
    changed: [['gone', 1]],
  });
});

test('all units with a condition are blamed for it, and it is asked once', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => unit(name, [at('x', 1)], [name]));
  assert.deepEqual(rows([a!, b!, c!], 'check'), [['jars', 'x', 1, null]]);
  const { blamed } = requestOf([a!, b!, c!]);
  assert.deepEqual(blamed('c', 1), [a, b, c]);
  assert.deepEqual(blamed('c', 2), []);
});
