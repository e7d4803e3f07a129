import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { golden } from './index.ts';

test('the name of the package and its entry points are pinned: additions are free', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const pinned = JSON.parse(
    readFileSync(new URL('./golden/entry-points.json', import.meta.url), 'utf8'),
  );
  assert.equal(manifest.name, pinned.name);
  for (const entry of pinned.entryPoints)
    assert.ok(entry in manifest.exports, `${entry} is an entry point`);
});

test('a golden file that differs fails its test', () => {
  assert.throws(() => golden(import.meta.url, 'entry-points', { name: 'other' }), /is pinned/);
});
