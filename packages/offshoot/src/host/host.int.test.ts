// Does a host start on real files, refuse what it must not touch, and end without cutting anybody off?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { toyTopology } from './fixtures/toy.ts';
import { host, type RunningHost } from './host.ts';
import type { TopologySpec } from './topology.ts';

const KEY = 'ab'.repeat(32);

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-host-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Start {
  readonly data: string;
  readonly changes?: Partial<TopologySpec>;
  readonly environment?: Readonly<Record<string, string>>;
}

async function start(t: TestContext, { data, changes, environment }: Start): Promise<RunningHost> {
  const running = await host({
    topology: toyTopology(changes),
    environment: { OFFSHOOT_DATA: data, LOG_LEVEL: 'info', ...environment },
  });
  t.after(() => running.drain());
  return running;
}

const write = (url: string | undefined, id: string) =>
  fetch(`${url}/api/v1/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, text: 'hello' }),
  });

test('starts on an empty folder, serves, and finds its data again after a drain', async (t) => {
  const data = folderFor(t);
  const first = await start(t, { data });
  assert.equal((await fetch(`${first.url}/readyz`)).status, 200);
  assert.equal((await fetch(`${first.url}/livez`)).status, 200);
  assert.equal((await write(first.url, 'n1')).status, 200);
  const numbers = await (await fetch(`${first.url}/metrics`)).text();
  assert.match(numbers, /http_request_duration_seconds_bucket\{le="0.075"/);
  assert.match(numbers, /process_cpu_seconds_total/);
  await first.drain();
  const again = await start(t, { data });
  const note = await (await fetch(`${again.url}/api/v1/notes/n1`)).json();
  assert.deepEqual(note, { id: 'n1', text: 'hello' });
});

test('says on its pages what it looked at', async (t) => {
  const changes = { outside: { slow: () => ({ call: async () => ({}) }) } };
  const { url } = await start(t, { data: folderFor(t), changes });
  const ready = await fetch(`${url}/health/ready`);
  assert.equal(ready.headers.get('content-type'), 'application/health+json');
  const { status, serviceId, checks } = (await ready.json()) as any;
  assert.deepEqual([status, serviceId], ['ok', 'toy']);
  assert.deepEqual(Object.keys(checks), ['database:notes', 'sagas:notes', 'external:slow']);
  const live = (await (await fetch(`${url}/health/live`)).json()) as any;
  assert.deepEqual([live.status, live.checks], ['ok', undefined]);
});

test('keeps its secret readable by its owner only, and its log as lines of JSON', async (t) => {
  const data = folderFor(t);
  await (await start(t, { data })).drain();
  assert.equal(statSync(join(data, 'master.key')).mode & 0o777, 0o600);
  const lines = readFileSync(join(data, 'shop.log'), 'utf8').trim().split('\n');
  const [ready] = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'ready');
  assert.equal(ready.level, 'info');
  assert.equal(ready['service.name'], 'toy');
  assert.match(ready.time, /^\d{4}-\d\d-\d\dT/);
  assert.match(ready.version, /^\d+\.\d+\.\d+/);
  assert.equal(JSON.parse(lines.at(-1)!).msg, 'drained');
});

test('takes the master key from the environment and then leaves no file of it', async (t) => {
  const data = folderFor(t);
  await (await start(t, { data, environment: { TOY_KEY: KEY } })).drain();
  assert.throws(() => statSync(join(data, 'master.key')), { code: 'ENOENT' });
  await assert.rejects(start(t, { data }), { code: 'STORE_MISMATCH', message: /master key/ });
  const another = { TOY_KEY: 'cd'.repeat(32) };
  await assert.rejects(start(t, { data, environment: another }), { code: 'STORE_MISMATCH' });
  const short = { TOY_KEY: 'cd' };
  await assert.rejects(start(t, { data, environment: short }), {
    code: 'BAD_SETTING',
    message: /TOY_KEY holds no master key/,
  });
  await start(t, { data, environment: { TOY_KEY: KEY } });
});

test('refuses a folder on which another host runs', async (t) => {
  const data = folderFor(t);
  const first = await start(t, { data });
  await assert.rejects(start(t, { data }), {
    code: 'DATA_FOLDER_IN_USE',
    message: /another process runs on .*: stop it, or set OFFSHOOT_DATA/,
  });
  assert.equal((await fetch(`${first.url}/readyz`)).status, 200);
});

test('refuses a folder that cannot be written', async (t) => {
  const file = join(folderFor(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(start(t, { data: join(file, 'data') }), {
    code: 'DATA_FOLDER_UNWRITABLE',
    message: /set OFFSHOOT_DATA to another folder/,
  });
});

test('refuses a store that is another than last time, and one that is gone', async (t) => {
  const [data, foreign] = [folderFor(t), folderFor(t)];
  await (await start(t, { data })).drain();
  await (await start(t, { data: foreign })).drain();
  rmSync(join(data, 'notes.db'));
  await assert.rejects(start(t, { data }), {
    code: 'STORE_MISMATCH',
    message: /the store of notes is gone/,
  });
  writeFileSync(join(data, 'notes.db'), readFileSync(join(foreign, 'notes.db')));
  await assert.rejects(start(t, { data }), {
    code: 'STORE_MISMATCH',
    message: /another store of notes than last time/,
  });
});

test('refuses a store of a newer release, and a file that is no store, and leaves them alone', async (t) => {
  const data = folderFor(t);
  await (await start(t, { data })).drain();
  const path = join(data, 'notes.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await assert.rejects(start(t, { data }), { code: 'STORE_TOO_NEW', message: /newer release/ });
  writeFileSync(path, 'not a database, but long enough to be looked at as one'.repeat(100));
  await assert.rejects(start(t, { data }), { code: 'STORE_MISMATCH', message: /notes/ });
  assert.match(readFileSync(path, 'utf8'), /^not a database/);
});

test('refuses a port that another host has, and lets go of everything', async (t) => {
  const [first, data] = [await start(t, { data: folderFor(t) }), folderFor(t)];
  const environment = { PORT: String(first.port) };
  await assert.rejects(start(t, { data, environment }), { code: 'PORT_IN_USE' });
  await start(t, { data });
});

test('seeds before it is ready, and does not start when that fails', async (t) => {
  const data = folderFor(t);
  const seen: string[] = [];
  const seed: TopologySpec['seed'] = async ({ stores }) => void seen.push(...stores.keys());
  await (await start(t, { data, changes: { seed } })).drain();
  assert.deepEqual(seen, ['notes']);
  const broken = { seed: () => Promise.reject(new Error('no seed today')) };
  await assert.rejects(start(t, { data, changes: broken }), /no seed today/);
  await start(t, { data });
});

test('drains: refuses the new, answers what is in flight, then closes', async (t) => {
  const entered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<object>();
  const call = () => {
    entered.resolve();
    return gate.promise;
  };
  const changes = { outside: { slow: () => ({ call }) } };
  const running = await start(t, { data: folderFor(t), changes });
  const inFlight = fetch(`${running.url}/api/v1/notes/wait`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await entered.promise;
  const drained = running.drain();
  const late = await write(running.url, 'late');
  assert.equal(late.status, 503);
  assert.equal(((await late.json()) as { code: string }).code, 'DRAINING');
  assert.equal(late.headers.get('connection'), 'close');
  assert.equal((await fetch(`${running.url}/readyz`)).status, 503);
  gate.resolve({});
  assert.equal((await inFlight).status, 200);
  await drained;
  await assert.rejects(fetch(`${running.url}/livez`));
});
