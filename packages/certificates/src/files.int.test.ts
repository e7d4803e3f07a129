// Are certificates in files taken as somebody else renews them, and never half?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { certificateFiles, nodeRuntime } from 'offshoot/runtime/node';
import { certificateAuthority } from './authority.ts';

const runtime = nodeRuntime();
const seed = new Uint8Array(32).fill(3);
const authority = certificateAuthority({ runtime, trustDomain: 'shop.local', seed });
const LOOK_MS = 5;

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !what(); await sleep(LOOK_MS))
    assert.ok(Date.now() < end, 'it does not come');
}

test('files are read again; those that do not fit each other are left until they do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-files-'));
  const paths = {
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    authorities: join(folder, 'ca.crt'),
  };
  const faults: string[] = [];
  const options = { ...paths, lookMs: LOOK_MS, onFault: (why: string) => void faults.push(why) };
  assert.throws(() => certificateFiles(options), { code: 'BAD_SETTING' });
  const write = (one: ReturnType<typeof authority.issue>, ...which: (keyof typeof paths)[]) => {
    for (const name of which) writeFileSync(paths[name], one[name]);
  };
  const [first, second] = [authority.issue('host/a', 60_000), authority.issue('host/a', 60_000)];
  write(first, 'certificate', 'key', 'authorities');
  const source = certificateFiles(options);
  t.after(() => {
    source.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let renewed = 0;
  source.onRenewed(() => {
    renewed += 1;
  });
  assert.equal(source.current().certificate, first.certificate);
  write(second, 'certificate');
  await until(() => faults.length === 1);
  await sleep(4 * LOOK_MS);
  assert.deepEqual([source.current().certificate, renewed], [first.certificate, 0]);
  write(second, 'key');
  await until(() => renewed === 1);
  assert.deepEqual([source.current().key, faults.length], [second.key, 1]);
});
