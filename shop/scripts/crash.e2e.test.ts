// Does the crash run end with its figures, for few kills, and refuse what it cannot do?
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { script } from './started-shop.ts';

test('three kills and a stop: nothing is lost, doubled, stale or unfinished, and no folder is left', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'crash-e2e-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    const { code, figures, stderr } = await script('crash', temporary, ...few);
    assert.equal(code, 0, stderr);
    const { store, seed, kills, stops, lost, doubled, stale, unfinished } = figures;
    assert.deepEqual(
      { store, seed, kills, stops, lost, doubled, stale, unfinished },
      {
        store: 'sqlite',
        seed: 11,
        kills: 3,
        stops: 1,
        lost: 0,
        doubled: 0,
        stale: 0,
        unfinished: 0,
      },
    );
    assert.deepEqual([figures.harness.kills, figures.shop.kills], [2, 1]);
    assert.equal(figures.insideWindow, figures.harness.insideWindow + figures.shop.insideWindow);
    assert.match(stderr, /^seed 11\n/);
    assert.deepEqual(readdirSync(temporary), []);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(temporary, { recursive: true, force: true });
  }
});
const few = ['--kills', '3', '--seed', '11', '--json'];

test('what it cannot do is one line and exit code 2', async () => {
  for (const args of [
    ['--kills', '0'],
    ['--store', 'paper'],
    ['--seed', 'x'],
  ]) {
    const { code, stderr } = await script('crash', tmpdir(), ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^[^\n]+\n$/);
  }
});
