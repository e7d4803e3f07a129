import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochAt, FIRST_EPOCHS, forkBelow, isInHistory, positionAt } from './index.ts';

const at = (epoch: number, seq: number) => ({ epoch, seq });
/** Restored to 400, and later to 300 from a backup of the first epoch: epoch 2 was left behind. */
const epochs = [
  { epoch: 1, forkedAt: 0 },
  { epoch: 3, forkedAt: 300 },
  { epoch: 4, forkedAt: 300 },
  { epoch: 5, forkedAt: 420 },
];

test('an entry carries the epoch that began last before it', () => {
  assert.deepEqual(
    [0, 1, 300, 301, 420, 421].map((seq) => epochAt(epochs, seq)),
    [1, 1, 1, 4, 4, 5],
  );
  assert.deepEqual(positionAt(epochs, 301), at(4, 301));
});

test('a position is in a history when the history gives it the same epoch', () => {
  assert.equal(isInHistory(epochs, at(1, 300)), true);
  assert.equal(isInHistory(epochs, at(1, 301)), false, 'above the fork');
  assert.equal(isInHistory(epochs, at(2, 250)), false, 'an epoch that was left behind');
  assert.equal(isInHistory(epochs, at(4, 400)), true);
  assert.equal(isInHistory(epochs, at(4, 421)), false);
  assert.equal(isInHistory(epochs, at(9, 500)), false, 'a newer epoch than this file knows');
  assert.equal(isInHistory(FIRST_EPOCHS, at(1, 0)), true);
});

test('a fork is where the next epoch began, and nothing is guessed about a history left behind', () => {
  assert.deepEqual(forkBelow(epochs, at(1, 350)), at(1, 300));
  assert.deepEqual(forkBelow(epochs, at(4, 500)), at(4, 420));
  assert.equal(forkBelow(epochs, at(2, 250)), undefined);
  assert.equal(forkBelow(epochs, at(9, 500)), undefined);
});
