// Does the rebuild under reads keep its promises, with fewer events than its command has?
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

const REBUILD = join(import.meta.dirname, '../../../bench/src/rebuild/rebuild.ts');

test('rows rebuilt under reads: none fails, none is stale, and they equal a cold build', async () => {
  const few = ['--events', '20000', '--reads', '300', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [REBUILD, ...few]);
  const outcome = JSON.parse(stdout);
  const { failedReads, staleAfterSwitch, equal, rows } = outcome;
  assert.deepEqual([failedReads, staleAfterSwitch, equal, rows], [0, 0, true, 4_000]);
  assert.ok(outcome.reads > 300 && outcome.written > 0, 'there were reads and writes meanwhile');
});
