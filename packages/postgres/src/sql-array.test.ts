// Is a list of any texts one literal that the database reads back as the same list?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoted, textArray } from './sql-array.ts';

test('texts are quoted, so that nothing in them is syntax', () => {
  assert.equal(textArray(['a', '', 'NULL', '{x,y}']), '{"a","","NULL","{x,y}"}');
  assert.equal(textArray(['say "hi"', 'back\\slash']), '{"say \\"hi\\"","back\\\\slash"}');
  assert.equal(textArray([null, undefined]), '{NULL,NULL}');
  assert.equal(textArray([]), '{}');
});

test('a name is quoted as an identifier', () => {
  assert.equal(quoted('a"b'), '"a""b"');
});
