import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hunt } from './campaign.ts';
import { drawn } from './draw.ts';
import { resultOf, row, summary } from './report.ts';
import { rounds } from './type-check.ts';

const patch = (name: string, file = 'a.ts') => ({ name, file, find: 'x', replace: 'y' });
const hunt = (name: string, seed?: string, seconds = 1): Hunt => ({
  patch: patch(name),
  found: seed === undefined ? undefined : { seed, violation: `${name} shows` },
  seconds,
});

test('what was found, what was missed and what was reported in vain is counted', () => {
  const result = resultOf({
    bugs: [hunt('one', '3', 2), hunt('two'), hunt('three', '9', 4), hunt('four', '1', 9)],
    harmless: [hunt('five'), hunt('six', '2')],
    wrongAnyway: [],
  });
  const { planted, found, missed, falseAlarms, medianSeconds, medianSeeds } = result;
  assert.deepEqual(
    { planted, found, missed, falseAlarms },
    {
      ...{ planted: 4, found: 3, missed: ['two'], falseAlarms: 1 },
    },
  );
  assert.deepEqual([medianSeconds, medianSeeds], [4, 3]);
  assert.match(summary(result).join('\n'), /missed: two/);
});

test('a seed that is wrong without any mutant proves nothing', () => {
  const { found, missed } = resultOf({
    ...{ bugs: [hunt('one', '3'), hunt('two', '4')], harmless: [], wrongAnyway: ['3'] },
  });
  assert.deepEqual([found, missed], [1, ['one']]);
});

test('a row tells a bug that was found from a harmless change that was', () => {
  assert.match(row(hunt('one', '3'), false), /^✓ .*seed 3.*one shows/);
  assert.match(row(hunt('one'), false), /^✗ .*never/);
  assert.match(row(hunt('one', '3'), true), /^✗ .*seed 3/);
  assert.match(row(hunt('one'), true), /^✓ .*harmless/);
});

test('a commit draws the same mutants each time, and another commit others', () => {
  const all = Array.from({ length: 40 }, (_, index) => patch(`bug ${index}`));
  const first = drawn(all, 10, 'abc');
  assert.equal(new Set(first).size, 10);
  assert.deepEqual(drawn(all.toReversed(), 10, 'abc'), first);
  assert.notDeepEqual(drawn(all, 10, 'abd'), first);
});

test('mutants of one file are type-checked one after the other, those of different files together', () => {
  const all = [patch('a1'), patch('b1', 'b.ts'), patch('a2'), patch('a3')];
  const byRound = rounds(all).map((round) => round.map(({ name }) => name));
  assert.deepEqual(byRound, [['a1', 'b1'], ['a2'], ['a3']]);
});
