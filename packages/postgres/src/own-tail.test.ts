// Does the tail speak only of what it knows to be whole?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStamp } from 'offshoot/testing';
import { ownTail } from './own-tail.ts';
import { type Staged, stagedUnit } from './staged-unit.ts';

/** A unit whose events are public where the letter of their key is small. */
function unit(keys: string): Staged {
  const change = { appends: [], documents: [], stamp: testStamp() };
  const events = [...keys].map((key) => ({
    ...{ id: `id-${key}`, type: 't', schema: 1, at: 5, key, public: key === key.toLowerCase() },
    ...{ stream: 's', subject: undefined, text: `{"key":"${key}"}` },
  }));
  return stagedUnit('u', change, [], { documents: [], events });
}

const found = (tail: ReturnType<typeof ownTail>, after: number, upto: number) =>
  tail.page(after, upto, 10)?.map(({ seq, key, version, previous }) => {
    const before = previous && `${previous.epoch}.${previous.seq}`;
    return [seq, key, version, before];
  });

test('what was committed last is there, with the places that the database told', () => {
  const tail = ownTail(2, 10, () => 7);
  tail.committed([unit('aB'), unit('b')], 10, ['3:1:8', '5::']);
  tail.committed([unit('c')], 13, ['6:2:13']);
  const all = [
    [11, 'a', 3, '1.8'],
    [13, 'b', 5, undefined],
    [14, 'c', 6, '2.13'],
  ];
  assert.deepEqual(found(tail, 10, 14), all);
  assert.deepEqual(found(tail, 11, 13), all.slice(1, 2));
  assert.equal(tail.page(9, 14, 10), undefined, 'it began at 10');
});

test('what others have committed in between, or since, is to be read from the database', () => {
  const tail = ownTail(1, 0, () => 7);
  tail.committed([unit('a')], 0, ['1::']);
  assert.equal(tail.page(0, 2, 10), undefined, 'of 2 it knows nothing');
  tail.committed([unit('b')], 3, ['2::']);
  assert.equal(tail.page(0, 4, 10), undefined);
  assert.equal(tail.page(1, 1, 10), undefined);
  assert.deepEqual(found(tail, 3, 4), [[4, 'b', 2, undefined]]);
});

test('a commit whose answer was lost has no places: what it wrote is to be read', () => {
  const tail = ownTail(1, 0, () => 7);
  tail.committed([unit('a')], 0, ['1::']);
  tail.committed([unit('b')], 1, []);
  assert.equal(tail.page(0, 2, 10), undefined);
  assert.equal(tail.page(1, 2, 10), undefined);
  tail.committed([unit('C')], 2, []);
  tail.committed([unit('d')], 3, ['4::']);
  assert.deepEqual(found(tail, 2, 4), [[4, 'd', 4, undefined]]);
});
