// Do two releases work side by side on the same SQLite files, and what if a callee is rolled back?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { rolledBackCallee, sideBySide } from './rehearsal.ts';
import { BEFORE, type Stage, stage } from './stage.ts';

function onFiles(t: TestContext): Stage {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-releases-'));
  const on = stage({ kind: 'sqlite', data });
  t.after(async () => {
    await on.close();
    rmSync(data, { recursive: true, force: true });
  });
  return on;
}

test('two releases side by side on the same files: no order is lost, doubled or failed; the older one cannot hold newer files', async (t) => {
  const on = onFiles(t);
  const { orders } = await sideBySide(on);
  t.diagnostic(`${orders} orders`);
  await on.end('first');
  await assert.rejects(on.start('first', BEFORE), /STORE_TOO_NEW/);
});

test('a callee that is rolled back under running sagas: no paid order is compensated, and all end', async (t) => {
  const { waited } = await rolledBackCallee(onFiles(t));
  t.diagnostic(`${waited} paid orders waited`);
});
