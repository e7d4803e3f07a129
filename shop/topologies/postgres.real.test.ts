// Does the whole shop run on PostgreSQL, and is everything still there after it was killed?
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const ROOT = join(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;
const SERVER = process.env.POSTGRES_URL ?? '';
const run = promisify(execFile);

const data = mkdtempSync(join(tmpdir(), 'offshoot-shop-postgres-'));
const database = `shop_${process.pid}_${Date.now()}`;
const ofDatabase = new URL(SERVER);
ofDatabase.pathname = `/${database}`;
const environment = {
  ...process.env,
  DATABASE_URL: ofDatabase.href,
  OFFSHOOT_DATA: data,
  PORT: '0',
};

let launcher: ChildProcess | undefined;
after(async () => {
  if (launcher?.exitCode === null) {
    const over = new Promise((resolve) => launcher?.once('exit', resolve));
    launcher.kill('SIGTERM');
    await over;
  }
  await sql(SERVER, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  rmSync(data, { recursive: true, force: true });
});

async function sql(url: string, text: string): Promise<Record<string, string>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const place = (): { readonly pid: number; readonly url: string } | undefined => {
  const file = join(data, 'run.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).shop : undefined;
};

async function ready(before?: number): Promise<string> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const shop = place();
    if (shop && shop.pid !== before) {
      const answer = await fetch(`${shop.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return shop.url;
    }
    assert.ok(Date.now() < end, 'the shop does not become ready');
  }
}

interface Traffic {
  readonly acknowledged: number;
  readonly ended: number;
  readonly failed: number;
}

/** Orders, and each of them followed to its end. */
async function traffic(url: string, orders: number): Promise<Traffic> {
  const args = ['shop/scripts/traffic.ts', '--url', url, '--orders', String(orders)];
  const how = ['--shoppers', '20', '--concurrency', '16', '--json'];
  const { stdout } = await run(process.execPath, [...args, ...how], {
    ...{ cwd: ROOT, env: environment, timeout: PATIENCE_MS },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test('the shop takes orders on PostgreSQL, and carries on where it was killed', async () => {
  await sql(SERVER, `CREATE DATABASE ${database}`);
  const launch = join(ROOT, 'packages/cli/bin/launch.js');
  launcher = spawn(process.execPath, [launch, '--topology', 'postgres'], {
    ...{ cwd: ROOT, env: environment, stdio: 'ignore' },
  });
  const first = await traffic(await ready(), 20);
  assert.deepEqual([first.acknowledged, first.ended, first.failed], [20, 20, 0]);
  const { pid } = place()!;
  process.kill(pid, 'SIGKILL');
  const second = await traffic(await ready(pid), 10);
  assert.deepEqual([second.acknowledged, second.ended, second.failed], [10, 10, 0]);
  const schemas = await sql(
    ofDatabase.href,
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information|public)' ORDER BY 1`,
  );
  assert.deepEqual(
    schemas.map(({ name }) => name),
    [
      ...['catalog', 'identity', 'inventory', 'notifications', 'orders', 'payments'],
      ...['recommendations', 'shipping', 'users'],
    ],
  );
  const created = `SELECT count(*) AS n, max(seq) = count(*) AS dense FROM orders.log`;
  const [log] = await sql(ofDatabase.href, created);
  assert.equal(String(log?.dense), 'true');
  const orders = `SELECT count(*) AS n FROM orders.log WHERE type = 'order.created'`;
  assert.equal((await sql(ofDatabase.href, orders))[0]?.n, '30');
});

async function script(name: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const path = `shop/scripts/${name}.ts`;
  const how = { cwd: ROOT, env: environment, timeout: 2 * PATIENCE_MS };
  return run(process.execPath, [path, ...args, '--json'], how).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stdout }) => ({ code, said: stdout }),
  );
}
const json = ({ said }: { said: string }) => JSON.parse(said.trim().split('\n').at(-1)!);

test('an order is followed, orders are placed while the shop is killed, and the books add up', async () => {
  const journey = await script('journey');
  assert.equal(journey.code, 0, journey.said);
  const { timeline, status } = json(journey);
  assert.equal(status, 'shipped');
  assert.ok(timeline.some(({ event }: { event: string }) => event === 'payment.processed'));
  const load = await script('traffic', '--orders', '120', '--kills', '1', '--shoppers', '5');
  assert.equal(load.code, 0, load.said);
  assert.equal(json(load).kills, 1);
  const verified = await script('verify');
  assert.equal(verified.code, 0, verified.said);
  assert.match(verified.said, /and 9 schemas/);
});

test('what was altered, lost or left in plain text in a schema is found', async () => {
  const entry = `(SELECT max(seq) - 3 FROM orders.log)`;
  const spoilt = [
    [`UPDATE orders.log SET actor = actor || '!' WHERE seq = ${entry}`, /was altered/],
    [`DELETE FROM orders.log WHERE seq = ${entry}`, /what was between is gone/],
    [
      `UPDATE users.documents SET data = '"Grace Hopper, 4111 1111 1111 1111"' WHERE collection = 'profiles'`,
      /the schema of users, byte \d+, looks like a card number/,
    ],
  ] as const;
  for (const [spoil, found] of spoilt) {
    await sql(ofDatabase.href, spoil);
    const { code, said } = await script('verify', '--timeout', '1');
    assert.equal(code, 4, said);
    assert.match(said, found);
  }
});
