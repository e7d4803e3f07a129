import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeRuntime, openFolder } from '../runtime/node/index.ts';
import { SILENT, UNMEASURED } from '../telemetry/index.ts';
import { probeFlush } from './flush-probe.ts';

/** A disk whose flushes take so long, by the runtime's own clock. */
async function probed(flushMs: number) {
  const path = mkdtempSync(join(tmpdir(), 'offshoot-probe-'));
  const lines: [string, unknown][] = [];
  const logger = {
    ...SILENT,
    info: (text: string, more?: unknown) => void lines.push([text, more]),
    warn: (text: string, more?: unknown) => void lines.push([text, more]),
  };
  let ms = 0;
  const runtime = {
    ...nodeRuntime(),
    monotonic: () => {
      ms += flushMs;
      return ms;
    },
  };
  const folder = openFolder(path);
  const found = await probeFlush({ runtime, folder, logger, metrics: UNMEASURED });
  const left = readdirSync(path);
  rmSync(path, { recursive: true, force: true });
  return { found, lines, left };
}

test('the log says how long a flush takes, and nothing of the probe is left', async () => {
  const { found, lines, left } = await probed(2);
  assert.deepEqual(found, { p50Ms: 2, p99Ms: 2 });
  assert.deepEqual(lines, [['flush', { p50Ms: 2, p99Ms: 2 }]]);
  assert.deepEqual(left, []);
});

test('a slow disk is a warning', async () => {
  const { lines } = await probed(25);
  assert.deepEqual(lines, [['slow disk', { flush: 40, p50Ms: 25, p99Ms: 25 }]]);
});
