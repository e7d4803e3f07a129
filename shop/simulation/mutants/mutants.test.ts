import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EQUIVALENTS } from './equivalents.ts';
import { type Patch, patched } from './mutant.ts';
import { PLANTED, patchNamed } from './planted.ts';
import { UNPLANTED } from './unplanted.ts';
import { WANTED } from './wanted.ts';

const PLANTED_MIN = 40;
const KNOWN_MIN = 30;
const PER_FILE_MAX = 3;
/** The mistakes and findings of others that the simulation is held against. */
const KNOWN = /^(trap (19|2\d|3[0-3]|4[5-9]|5[01])|RELIABILITY [13])$/;

const read = ({ file }: Patch) =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).sort();

test('every mutant fits the product as it is: what it looks for stands there once', () => {
  for (const patch of [...PLANTED, ...EQUIVALENTS]) {
    const text = read(patch);
    assert.notEqual(patched(patch, text), text, patch.name);
  }
});

test('a mutant that does not fit any more says so, with its file', () => {
  const patch = { name: 'gone', file: 'a.ts', find: 'x', replace: 'y' };
  assert.throws(() => patched(patch, 'x and x'), /'gone' no longer fits a\.ts: .* stands there 2/);
  assert.throws(() => patched(patch, 'nothing'), /stands there 0 times/);
  assert.throws(() => patchNamed('gone'), /no mutant is called 'gone'/);
});

test('every bug that was wanted is planted, or it is said why not', () => {
  const excused = Object.keys(UNPLANTED).map((name) => ({ name }));
  assert.deepEqual(names([...PLANTED, ...excused]), names(WANTED));
});

test('there are enough bugs, most of them mistakes of others, and few in one file', () => {
  assert.ok(PLANTED.length >= PLANTED_MIN, `${PLANTED.length} planted`);
  const sources = new Map(WANTED.map(({ name, source }) => [name, source]));
  const known = PLANTED.filter(({ name }) => KNOWN.test(sources.get(name) ?? ''));
  assert.ok(known.length >= KNOWN_MIN, `${known.length} of them are known from elsewhere`);
  for (const [file, all] of Map.groupBy(PLANTED, (patch) => patch.file))
    assert.ok(all.length <= PER_FILE_MAX, `${all.length} in ${file}`);
  assert.ok(EQUIVALENTS.length >= 5);
});

test('no two mutants have the same name', () => {
  const all = names([...PLANTED, ...EQUIVALENTS]);
  assert.equal(new Set(all).size, all.length);
});
