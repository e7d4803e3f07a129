// Does the shop in several processes keep every promise that it keeps in one?
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type StartedShop, script, startedShop } from '../scripts/started-shop.ts';
import { split } from './split.ts';

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
    const { acknowledged, ended, failed, killDetails } = await ran(
      'traffic',
      ...['--orders', '320', '--shoppers', '12', '--concurrency', '32', '--kills', '4'],
      ...['--kill-in-flight', '12', '--kill-sagas', '1'],
    );
    assert.deepEqual([acknowledged, ended, failed], [320, 320, 0]);
    const killed = killDetails.map(({ host }: any) => host);
    assert.deepEqual(killed, split.hosts.map(({ name }) => name).sort());
  });

  test('its books add up', async () => {
    const { ok, unsettled, invariants } = await ran('verify');
    const broken = invariants.filter((one: any) => !one.ok);
    assert.deepEqual([ok, unsettled, broken], [true, false, []]);
  });
});
