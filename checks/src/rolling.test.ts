// Does the rolling restart lose nothing, and would it be noticed if it did?
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../bench/src/rolling/rolling.ts');
const MS_MAX = 240_000;

/** A few requests, as many as come while each way sees so many restarts. */
const rolling = (...options: string[]) =>
  new Promise<{ code: number; requests: number; failed: number; restarts: number }>((resolve) => {
    const args = [SCRIPT, '--json', '--requests', '200', '--in-flight', '2', ...options];
    const limits = { timeout: MS_MAX };
    execFile(process.execPath, args, limits, (error, stdout) =>
      resolve({ ...JSON.parse(stdout || '{}'), code: Number(error?.code ?? 0) }),
    );
  });

test('no request fails while instances are restarted one after the other', async () => {
  const { code, failed, restarts, requests } = await rolling('--restarts', '2');
  assert.deepEqual({ code, failed }, { code: 0, failed: 0 });
  assert.ok(requests >= 200 && restarts >= 2);
});

test('requests fail when instances end without a drain', async () => {
  const { code, failed } = await rolling('--restarts', '2', '--without-drain');
  assert.equal(code, 1);
  assert.ok(failed > 0);
});
