// Does the shop in several processes keep every promise that it keeps in one?
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeFile } from '../scripts/evidence/store-file.ts';
import { type StartedShop, script, startedShop } from '../scripts/started-shop.ts';
import { split } from './split.ts';

const LOOK_MS = 20;

let shop: StartedShop;
before(async () => {
  shop = await startedShop(join(import.meta.dirname, 'split.ts'));
});
after(() => shop?.stop());

const ran = async (name: string, ...options: string[]) => {
  const { code, figures, stdout, stderr } = await script(name, shop.data, ...options, '--json');
  assert.equal(code, 0, stdout + stderr);
  return figures;
};

/** What each host says of itself in the data folder. */
const pidOf = (host: string): number =>
  JSON.parse(readFileSync(join(shop.data, `calls-${host}.json`), 'utf8')).pid;

function ordersMade(): number {
  const store = storeFile(join(shop.data, 'orders.db'))!;
  try {
    return [...store.documents('offshoot.sagas')].length;
  } finally {
    store.close();
  }
}

describe('the shop in several processes', () => {
  test('runs each host in a process of its own', () => {
    const pids = split.hosts.map(({ name }) => pidOf(name));
    assert.equal(new Set(pids).size, split.hosts.length);
    const stores = readdirSync(shop.data).filter((file) => file.endsWith('.db'));
    for (const service of split.services.keys()) assert.ok(stores.includes(`${service}.db`));
  });

  test('an order is shipped, paid and announced across all of them', async () => {
    const { status, timeline } = await ran('journey');
    assert.equal(status, 'shipped');
    const services = new Set(timeline.map(({ service }: any) => service));
    for (const service of ['users', 'orders', 'inventory', 'payments', 'shipping', 'provider'])
      assert.ok(services.has(service), service);
  });

  test('a declined card and an empty shelf end cancelled, with nothing kept', async () => {
    assert.equal((await ran('journey', '--decline')).status, 'cancelled');
    assert.equal((await ran('journey', '--out-of-stock')).status, 'cancelled');
    assert.equal((await ran('journey', '--cancel', 'after')).status, 'cancelled');
  });

  test('orders come to their end also when each host is killed in turn', async () => {
    const before = ordersMade();
    let isOver = false;
    const traffic = ran(
      'traffic',
      '--orders',
      '60',
      '--shoppers',
      '12',
      '--concurrency',
      '8',
    ).finally(() => {
      isOver = true;
    });
    for (const [index, { name, edge }] of split.hosts.entries()) {
      if (edge) continue;
      while (!isOver && ordersMade() < before + 12 * index) await sleep(LOOK_MS);
      process.kill(pidOf(name), 'SIGKILL');
    }
    const { acknowledged, ended, failed } = await traffic;
    assert.deepEqual([acknowledged, ended, failed], [60, 60, 0]);
  });

  test('its books add up', async () => {
    const { ok, unsettled, invariants } = await ran('verify');
    const broken = invariants.filter((one: any) => !one.ok);
    assert.deepEqual([ok, unsettled, broken], [true, false, []]);
  });
});
