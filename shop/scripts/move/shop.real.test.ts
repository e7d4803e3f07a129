// Does the store of orders go to PostgreSQL and back while the shop sells, with nothing lost or done twice?
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type StartedShop, script, startedShop } from '../started-shop.ts';
import { type OwnDatabase, ownDatabase } from './server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ORDERS = 500;
const PATIENCE_MS = 60_000;

let database: OwnDatabase;
let shop: StartedShop;

before(async () => {
  database = await ownDatabase();
  shop = await startedShop();
});
after(async () => {
  await shop?.stop();
  await database?.drop();
});

/** The commands that the guide begins with, in their order. */
const commands = (
  /^```sh\n(.*?)^```/ms.exec(readFileSync(join(ROOT, 'docs/guides/move.md'), 'utf8'))?.[1] ?? ''
)
  .split('\n')
  .map((line) => line.replace(/ +#.*/, ''))
  .filter((line) => line.startsWith('offshoot move '));

/** As it is typed in a shell. */
async function typed(command: string): Promise<any> {
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
    ...{ DATABASE_URL: database.url, OFFSHOOT_DATA: shop.data },
  };
  const { stdout } = await promisify(execFile)('sh', ['-c', `${command} --json`], {
    ...{ cwd: ROOT, env, timeout: PATIENCE_MS },
  });
  return JSON.parse(stdout);
}

/** Until so many entries are in the log of orders. */
async function sold(plan: string, entries: number): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(100)) {
    if ((await typed(plan)).entries >= entries) return;
    assert.ok(performance.now() < end, 'the shop does not sell');
  }
}

test('orders move to PostgreSQL and back under traffic: 0 failed, 0 lost, 0 doubled', async (t) => {
  const [plan = '', there = '', back = ''] = commands;
  assert.ok(plan.includes('--dry-run') && back.includes('sqlite'), commands.join());
  let isOver = false;
  const options = ['--orders', String(ORDERS), '--concurrency', '16', '--shoppers', '10', '--json'];
  const traffic = script('traffic', shop.data, ...options).finally(() => {
    isOver = true;
  });
  await sold(plan, 100);
  const first = await typed(there);
  assert.deepEqual([first.state, isOver], ['moved', false]);
  const second = await typed(back);
  assert.deepEqual([second.state, isOver], ['moved', false]);
  assert.ok(second.figures.entries > first.figures.entries, 'orders were taken on PostgreSQL');
  const { code, figures, stderr } = await traffic;
  assert.equal(code, 0, stderr);
  const { acknowledged, ended, failed, unknown, surprises } = figures;
  assert.deepEqual(
    { acknowledged, ended, failed, unknown, surprises },
    { acknowledged: ORDERS, ended: ORDERS, failed: 0, unknown: 0, surprises: [] },
  );
  const verified = await script('verify', shop.data, '--json');
  assert.equal(verified.code, 0, verified.stdout);
  assert.ok(verified.figures.invariants.every(({ ok }: any) => ok));
  for (const { to, figures: moved } of [first, second])
    t.diagnostic(
      `to ${to.split(':')[0]}: ${moved.entries} entries, ${moved.rounds} rounds, units waited ${moved.heldMs} ms`,
    );
});
