// Are stores found where they are, and missed loudly where they are not?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { bench } from 'offshoot/testing';
import { openStores, storeHeads } from './stores.ts';

test('a data folder gives its stores by service; one without any is refused with what to do', async () => {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-evidence-'));
  try {
    const places = { data, environment: {} };
    await assert.rejects(openStores(places), { code: 'BAD_SETTING', message: /DATABASE_URL/ });
    const path = join(data, 'toys.db');
    const { store } = bench({ runtime: nodeRuntime(), path, service: 'toys' });
    const files = await openStores(places);
    assert.deepEqual([...(await storeHeads(places))], [['toys', 0]]);
    assert.deepEqual([...files.keys()], ['toys']);
    for (const file of files.values()) file.close();
    await store.close();
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
