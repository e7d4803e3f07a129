// Does a backup hold one moment of a host that serves, and does a restore put back exactly that?
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { type Files, nodeFiles, nodeRuntime } from '../runtime/node/index.ts';
import { copyTo, handled, pour, poured, startBar, untilHandled } from './fixtures/bar-host.ts';
import { finishReplacement } from './replacement.ts';
import { restore } from './restore.ts';
import { readBackup, sealBackup } from './sealed-backup.ts';

const files = nodeFiles();
const tools = { runtime: nodeRuntime(), files };
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function folders(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'offshoot-backup-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const [data, backup] = [join(root, 'data'), join(root, 'backup')];
  mkdirSync(backup);
  return { root, data, backup };
}

/** A stopped bar with 30 cups, 20 of them in a backup. */
async function bar30(t: TestContext) {
  const places = folders(t);
  const running = await startBar(places.data);
  t.after(() => running.drain());
  await pour(places.data, 1, 20);
  await untilHandled(places.data, 'till', 20);
  await untilHandled(places.data, 'cellar', 20);
  const manifest = sealBackup(tools, places.backup, await copyTo(places.data, places.backup));
  await pour(places.data, 21, 30);
  await untilHandled(places.data, 'till', 30);
  await untilHandled(places.data, 'cellar', 30);
  await running.drain();
  return { ...places, manifest };
}

/** Every file that counts, with its digest. */
const stateOf = (data: string) =>
  readdirSync(data)
    .filter((name) => /\.(db|json)$/.test(name))
    .map((name) => `${name} ${files.digest(join(data, name)).sha256}`);

test('a backup taken while cups are poured holds every store as of one moment', async (t) => {
  const { data, backup } = folders(t);
  const running = await startBar(data);
  t.after(() => running.drain());
  const pouring = pour(data, 1, 400);
  await untilHandled(data, 'till', 60);
  const cut = await copyTo(data, backup);
  await pouring;
  const manifest = sealBackup(tools, backup, cut);
  assert.deepEqual(
    manifest.stores.map(({ service }) => service),
    ['bar', 'till', 'cellar'],
  );
  assert.deepEqual(readBackup(tools, backup), manifest);
  const known = new Set(poured(backup));
  assert.ok(known.size >= 60 && known.size < 400, `${known.size} cups`);
  for (const service of ['till', 'cellar'])
    for (const n of handled(backup, service).keys()) assert.ok(known.has(n), `${service} ${n}`);
});

test('a restore goes back to the backup, in a new epoch, and keeps what it replaced', async (t) => {
  const { data, backup } = await bar30(t);
  const report = restore(tools, { from: backup, data });
  const [bar] = report.stores;
  assert.deepEqual([bar?.head, bar?.epoch], [{ epoch: 1, seq: 20 }, 2]);
  assert.deepEqual(bar?.replaced, { epoch: 1, seq: 30 });
  assert.equal(report.keyring, 'kept');
  assert.deepEqual(poured(data), upTo(20));
  assert.deepEqual(poured(report.aside), upTo(30));
  const again = await startBar(data);
  await pour(data, 31, 35);
  await untilHandled(data, 'till', 25);
  await again.drain();
  assert.deepEqual(poured(data), [...upTo(20), 31, 32, 33, 34, 35]);
  assert.deepEqual([...handled(data, 'till').values()], Array(25).fill(1));
});

test('a second restore of the same backup gets an epoch that no history has had', async (t) => {
  const { data, backup } = await bar30(t);
  restore(tools, { from: backup, data });
  const [bar] = restore(tools, { from: backup, data, only: ['bar'] }).stores;
  assert.equal(bar?.epoch, 3);
  rmSync(join(data, 'bar.db'));
  const [lost] = restore(tools, { from: backup, data, only: ['bar'] }).stores;
  assert.ok(lost && lost.epoch > 50_000 && lost.epoch < 999_999, `${lost?.epoch}`);
});

test('an empty folder becomes what was backed up, keyring and identities included', async (t) => {
  const { root, data, backup } = await bar30(t);
  const fresh = join(root, 'fresh');
  const report = restore(tools, { from: backup, data: fresh });
  assert.equal(report.keyring, 'restored');
  await assert.rejects(startBar(fresh), { code: 'STORE_MISMATCH' }, 'without its master key');
  writeFileSync(join(fresh, 'master.key'), readFileSync(join(data, 'master.key')));
  const running = await startBar(fresh);
  await pour(fresh, 31, 31);
  await running.drain();
  assert.equal(poured(fresh).length, 21);
});

test('nothing is restored while a host runs on the folder', async (t) => {
  const { data, backup } = await bar30(t);
  const running = await startBar(data);
  assert.throws(() => restore(tools, { from: backup, data }), { code: 'DATA_FOLDER_IN_USE' });
  await running.drain();
});

test('a backup with one altered byte is refused before anything is touched', async (t) => {
  const { data, backup } = await bar30(t);
  const before = stateOf(data);
  const path = join(backup, 'till.db');
  const bytes = readFileSync(path);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(path, bytes);
  assert.throws(() => restore(tools, { from: backup, data }), {
    code: 'STORE_CORRUPT',
    message: /till\.db is not as it was written/,
  });
  assert.deepEqual(stateOf(data), before);
});

test('an entry that was altered before the backup is found, and named', async (t) => {
  const { data, backup } = folders(t);
  const running = await startBar(data);
  await pour(data, 1, 5);
  await running.drain();
  const forged = new DatabaseSync(join(data, 'bar.db'));
  forged.exec(`UPDATE log SET data = replace(data, '"n":3', '"n":9') WHERE seq = 3`);
  forged.close();
  const again = await startBar(data);
  const cut = await copyTo(data, backup);
  await again.drain();
  assert.throws(() => sealBackup(tools, backup, cut), {
    code: 'STORE_CORRUPT',
    message: /bar is damaged: entry 3 does not fit its sum/,
  });
});

test('a backup of another installation is refused', async (t) => {
  const one = await bar30(t);
  const other = await bar30(t);
  assert.throws(() => restore(tools, { from: one.backup, data: other.data }), {
    code: 'STORE_MISMATCH',
  });
});

test('a folder that is no whole backup is refused, and a store that it does not have', async (t) => {
  const { data, backup } = await bar30(t);
  const only = ['bakery'];
  assert.throws(() => restore(tools, { from: backup, data, only }), { code: 'BAD_SETTING' });
  rmSync(join(backup, 'manifest.json'));
  assert.throws(() => restore(tools, { from: backup, data }), { code: 'STORE_MISMATCH' });
});

test('a store that moved to another database is not restored behind its back', async (t) => {
  const { data, backup } = await bar30(t);
  const store = 'postgres://me:hush@127.0.0.1/shop';
  writeFileSync(join(data, 'placements.json'), JSON.stringify({ bar: { store } }));
  assert.throws(() => restore(tools, { from: backup, data }), {
    code: 'BAD_SETTING',
    message: /bar moved to postgres:\/\/me:\*\*\*@/,
  });
});

/** Files whose `step`th change never happens: the process died right before it. */
function dying(step: number): Files {
  let left = step;
  const changing = new Set(['write', 'makeFolder', 'copy', 'move', 'removeTree']);
  return new Proxy(files, {
    get: (target, name: keyof Files) =>
      changing.has(name)
        ? (...given: any[]) => {
            left -= 1;
            if (left < 0) throw new Error('died');
            return (target[name] as (...all: any[]) => unknown)(...given);
          }
        : target[name],
  });
}

test('a crash at any step of a restore leaves all stores old or, once finished, all new', async (t) => {
  const { root, data, backup } = await bar30(t);
  const seen = new Set<string>();
  for (let step = 0; ; step += 1) {
    const copy = join(root, `crash-${step}`);
    mkdirSync(copy);
    for (const name of readdirSync(data))
      if (/\.(db|json|key)$/.test(name)) files.copy(join(data, name), join(copy, name));
    let died = false;
    try {
      restore({ ...tools, files: dying(step) }, { from: backup, data: copy });
    } catch (error) {
      died = /died/.test(String(error));
      if (!died) throw error;
    }
    finishReplacement(files, copy);
    const cups = [poured(copy).length, handled(copy, 'till').size, handled(copy, 'cellar').size];
    assert.ok(['30,30,30', '20,20,20'].includes(String(cups)), `step ${step}: ${cups}`);
    seen.add(String(cups));
    if (!died) break;
  }
  assert.equal(seen.size, 2, 'some crashed before and some after the point of no return');
});

test('a host that starts on a half replaced folder goes on with the restore', async (t) => {
  const { data, backup } = await bar30(t);
  for (let step = 0; !files.has(join(data, 'restore.json')); step += 1)
    assert.throws(() => restore({ ...tools, files: dying(step) }, { from: backup, data }), /died/);
  const running = await startBar(data);
  await running.drain();
  assert.equal(poured(data).length, 20);
  assert.equal(files.has(join(data, 'restore.json')), false);
});
