import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./simulate-mutants.ts', import.meta.url));
const last = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

test('a planted bug is found, with its seed and what is wrong in it', async () => {
  const given = ['--only', 'silence means done', '--seeds', '50', '--json'];
  const { stdout, stderr } = await run(process.execPath, [script, ...given]);
  const { planted, found, missed, falseAlarms } = last(stdout);
  assert.deepEqual(
    { planted, found, missed, falseAlarms },
    {
      ...{ planted: 1, found: 1, missed: [], falseAlarms: 0 },
    },
  );
  assert.match(stderr, /✓ {2}silence means done +seed \d+ +\d+\.\d s {2}\S/);
});

test('a harmless change is no bug', async () => {
  const given = ['--only', 'no push ever leaves', '--harmless-seeds', '3', '--json'];
  const { stdout } = await run(process.execPath, [script, ...given]);
  const { harmless, falseAlarms } = last(stdout);
  assert.deepEqual([harmless, falseAlarms], [1, 0]);
});

test('a mutant that nobody knows is refused, and so is a count that is none', async () => {
  for (const given of [
    ['--only', 'nothing'],
    ['--seeds', 'many'],
    ['--draw', '0'],
  ])
    await assert.rejects(run(process.execPath, [script, ...given]), { code: 2 });
});
