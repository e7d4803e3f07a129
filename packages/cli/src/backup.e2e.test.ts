// Does a restore lose nothing for those it can, and name those for whom it cannot?
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const OFFSHOOT = join(import.meta.dirname, '../bin/offshoot.js');
const TOPOLOGY = join(import.meta.dirname, 'fixtures/bar-topology.ts');
const LOOKS_MAX = 300;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb to its end, whatever its exit code. */
const offshoot = (...args: string[]): Promise<Ended> =>
  promisify(execFile)(process.execPath, [OFFSHOOT, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (failed) => failed as Ended,
  );

async function evening(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'offshoot-evening-'));
  const data = join(root, 'data');
  let up: ChildProcess | undefined;
  t.after(() => {
    up?.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });
  const open = async () => {
    up = spawn(process.execPath, [OFFSHOOT, 'up', '--topology', TOPOLOGY, '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: up.stdout! }))
      if (line.startsWith('ready in')) return;
  };
  const close = async () => {
    const exit = once(up!, 'exit');
    up!.kill('SIGTERM');
    await exit;
  };
  const run = (...args: string[]) => offshoot(...args, '--data', data);
  const call = async (operation: string, input: unknown) => {
    const { code, stderr } = await run('call', operation, JSON.stringify(input));
    assert.equal(code, 0, stderr);
  };
  const pour = async (from: number, to: number) => {
    for (let n = from; n <= to; n += 200)
      await call('bar.pour', { from: n, count: Math.min(200, to - n + 1) });
  };
  return { root, data, open, close, run, call, pour };
}

function handledBy(data: string, service: string): ReadonlyMap<number, number> {
  const database = new DatabaseSync(join(data, `${service}.db`), { readOnly: true });
  try {
    const sql = "SELECT id, data FROM documents WHERE collection = 'handled'";
    const rows = database.prepare(sql).all();
    return new Map(rows.map(({ id, data: text }) => [Number(id), JSON.parse(String(text)).times]));
  } finally {
    database.close();
  }
}

/** Waits until a service has handled exactly these cups, each once. */
async function settled(data: string, service: string, ...ranges: [number, number][]) {
  const wanted = ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index),
  );
  let found = handledBy(data, service);
  for (let looks = 0; found.size < wanted.length && looks < LOOKS_MAX; looks += 1) {
    await sleep(50);
    found = handledBy(data, service);
  }
  const sorted = [...found.keys()].sort((a, b) => a - b);
  assert.deepEqual(sorted, wanted, `${service}: nothing skipped, nothing else`);
  assert.ok(
    [...found.values()].every((times) => times === 1),
    `${service}: nothing twice`,
  );
}

test('backup, 1,000 events, restore, 1,000 other events: 0 skipped, the forked consumers named', async (t) => {
  const { root, data, open, close, run, call, pour } = await evening(t);
  const backup = join(root, 'backup');
  await open();
  await pour(1, 100);
  await settled(data, 'till', [1, 100]);
  await settled(data, 'cellar', [1, 100]);
  await call('cellar.sleep', {});
  await pour(101, 150);
  assert.equal((await run('backup', '--to', backup)).code, 0);
  await pour(151, 1_150);
  await settled(data, 'till', [1, 1_150]);
  await close();

  const restored = await run('restore', '--from', backup, '--only', 'bar', '--json');
  assert.equal(restored.code, 0, restored.stderr);
  const [bar, ...others] = JSON.parse(restored.stdout).stores;
  assert.deepEqual(others, []);
  assert.deepEqual([bar.head, bar.epoch, bar.replaced.seq], [{ epoch: 1, seq: 150 }, 2, 1_150]);

  await open();
  await pour(2_001, 3_000);
  // The cellar had slept below the restored head: it goes on into the new epoch.
  await settled(data, 'cellar', [1, 150], [2_001, 3_000]);
  // The till has billed what no longer was: it stops, and is named.
  const listed = await run('subscription', 'ls', '--json');
  assert.equal(listed.code, 4);
  const { subscriptions } = JSON.parse(listed.stdout);
  assert.deepEqual(
    subscriptions.map(({ service, name, state, fork }: any) => [service, name, state, fork]),
    [
      ['till', 'tabs', 'forked', '000001.0000000000000150'],
      ['cellar', 'stock', 'running', ''],
    ],
  );
  assert.match(subscriptions[0].reason, /^FORKED: till\/tabs has handled events of bar up to/);
  assert.match(readFileSync(join(data, 'shop.log'), 'utf8'), /subscription forked/);
  await settled(data, 'till', [1, 1_150]);

  const reset = await run('subscription', 'reset', 'till/tabs', '--to', 'fork');
  assert.match(reset.stdout, /^till\/tabs goes on after 000001\.0000000000000150/);
  await settled(data, 'till', [1, 1_150], [2_001, 3_000]);
  assert.equal((await run('subscription', 'ls')).code, 0);
  await close();
});

test('backup and restore refuse what they cannot do, and say what to do', async (t) => {
  const { root, data, open, close, run } = await evening(t);
  const full = join(root, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'x'), '');
  const noHost = await run('backup', '--to', join(root, 'b'));
  assert.deepEqual([noHost.code, /no host runs on/.test(noHost.stderr)], [3, true]);
  await open();
  for (const [args, code, words] of [
    [['backup'], 2, /say where the backup goes/],
    [['backup', '--to', full], 3, /is not empty/],
    [['restore'], 2, /say which backup/],
    [['restore', '--from', full], 3, /is no backup/],
  ] as const) {
    const ended = await run(...args);
    assert.equal(ended.code, code, args.join(' '));
    assert.match(ended.stderr, words);
  }
  const made = await run('backup', '--to', join(root, 'b'));
  assert.match(made.stdout, /^backup in .*\n +bar +.* MB +0 entries, head 1\.0/);
  const running = await run('restore', '--from', join(root, 'b'));
  assert.equal(running.code, 3);
  assert.match(running.stderr, /host evening runs on/);
  await close();
  assert.equal(existsSync(join(data, 'restore.json')), false);
});
