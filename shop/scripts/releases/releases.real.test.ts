// Do two releases, of schema N and N-1, work side by side on one PostgreSQL, and what if a callee is rolled back?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { rolledBackCallee, sideBySide } from './rehearsal.ts';
import { type Stage, stage } from './stage.ts';

const SERVER = process.env.POSTGRES_URL ?? '';

async function rows(url: string, text: string): Promise<readonly any[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function onServer(t: TestContext): Promise<{ readonly on: Stage; readonly url: string }> {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-releases-'));
  const database = `releases_${process.pid}_${Date.now()}`;
  await rows(SERVER, `CREATE DATABASE ${database}`);
  await rows(SERVER, `ALTER DATABASE ${database} SET track_functions = 'pl'`);
  const url = new URL(SERVER);
  url.pathname = `/${database}`;
  const on = stage({ kind: 'postgres', data, environment: { DATABASE_URL: url.href } });
  t.after(async () => {
    await on.close();
    await rows(SERVER, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    rmSync(data, { recursive: true, force: true });
  });
  return { on, url: url.href };
}

test('two releases, of schema N and N-1, side by side on one database: no order is lost, doubled or failed', async (t) => {
  const { on, url } = await onServer(t);
  const { orders } = await sideBySide(on);
  const migrations = await rows(url, 'SELECT number, oldest FROM stall.migrations ORDER BY number');
  const [newest, before] = [migrations.at(-1), migrations.at(-2)];
  assert.equal(newest.number, before.number + 1);
  await on.end('second'); // what it did is counted when it has ended
  await on.end('first');
  const calls = await rows(
    url,
    `SELECT funcname, calls FROM pg_stat_user_functions
     WHERE schemaname = 'stall' AND funcname LIKE 'commit_group_%' ORDER BY funcname`,
  );
  assert.equal(calls.length, 2, 'each release called its own function');
  t.diagnostic(`${orders} orders, ${JSON.stringify(calls)}`);
});

test('a callee that is rolled back under running sagas: no paid order is compensated, and all end', async (t) => {
  const { waited } = await rolledBackCallee((await onServer(t)).on);
  t.diagnostic(`${waited} paid orders waited`);
});
