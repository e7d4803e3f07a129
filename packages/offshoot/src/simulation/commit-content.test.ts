import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, collection, privateEvent, put, remove } from '../store/index.ts';
import { AFTER_COMMIT, BEFORE_COMMIT, contentsOf } from './commit-content.ts';

const event = privateEvent('it.happened', {});
const timers = collection('offshoot.timers');
const inbox = collection('offshoot.inbox');

test('a commit is told by what was staged into it, and has the crash points of all of that', () => {
  const appends = [append('order/1', [event]), append('saga/1', [event])];
  const documents = [put(inbox, 'a', {}), put(collection('offshoot.service_replies'), 'b', {})];
  const contents = contentsOf({ appends, documents });
  assert.deepEqual(BEFORE_COMMIT[contents], [
    'before-commit',
    'before-journal',
    'before-inbox',
    'before-reply',
  ]);
  assert.equal(AFTER_COMMIT[contents]?.length, 4);
});

test('a timer that is removed fires, and a mark that is removed marks nothing', () => {
  const about = (documents: Parameters<typeof contentsOf>[0]['documents']) =>
    BEFORE_COMMIT[contentsOf({ appends: [], documents })];
  assert.deepEqual(about([put(timers, 't', {})]), ['before-commit']);
  assert.deepEqual(about([remove(timers, 't')]), ['before-commit', 'before-timer']);
  assert.deepEqual(about([remove(inbox, 'a')]), ['before-commit']);
});
