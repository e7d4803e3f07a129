// Does the real shop sell, survive a kill, and notice when somebody changes its books?
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { tableOf } from 'offshoot/store/sqlite';
import { providerServer } from '../stand-ins/provider/server.ts';
import { readRunFile } from './client/running-shop.ts';
import { type StartedShop, script, startedShop } from './started-shop.ts';

let shop: StartedShop;
/** Orders of journeys that were to be cancelled, and had left the house by then. */
let shippedInstead = 0;
before(async () => {
  shop = await startedShop();
});
after(() => shop?.stop());

describe('a journey', () => {
  const eventsOf = (timeline: { event: string }[]) => timeline.map(({ event }) => event);
  const subjectsOf = (mails: { subject: string }[]) => mails.map(({ subject }) => subject);
  const journey = async (...options: string[]) => {
    const { code, figures, stdout, stderr } = await script(
      'journey',
      shop.data,
      ...options,
      '--json',
    );
    assert.equal(code, 0, stdout + stderr);
    return figures;
  };

  test('ends shipped, and tells what happened in every service', async () => {
    const { status, timeline, mails, orderId } = await journey();
    assert.equal(status, 'shipped');
    const services = new Set(timeline.map(({ service }: any) => service));
    for (const service of ['identity', 'users', 'orders', 'inventory', 'payments', 'provider'])
      assert.ok(services.has(service), service);
    const events = eventsOf(timeline);
    for (const event of [
      'order.created',
      'inventory.reserved',
      'captured',
      'order.confirmed',
      'order.shipped',
    ])
      assert.ok(events.includes(event), event);
    const told = [`We have your order ${orderId}`, `Your order ${orderId} is on its way`];
    assert.deepEqual(subjectsOf(mails), told);
  });

  test('may be followed to its confirmation only: stock is set aside, money is taken', async () => {
    const { status, mails, orderId } = await journey('--until', 'confirmed');
    assert.ok(['confirmed', 'shipped'].includes(status), status);
    assert.equal(subjectsOf(mails)[0], `We have your order ${orderId}`);
  });

  test('with a declined card ends cancelled: the stock is back, nothing is confirmed', async () => {
    const { status, timeline, mails, orderId } = await journey('--decline');
    assert.equal(status, 'cancelled');
    assert.ok(eventsOf(timeline).includes('inventory.released'));
    assert.deepEqual(subjectsOf(mails), [`Your order ${orderId} was cancelled`]);
  });

  test('for more than there is ends cancelled: no money is asked for, nothing is confirmed', async () => {
    const { status, timeline, mails, orderId } = await journey('--out-of-stock');
    assert.equal(status, 'cancelled');
    assert.ok(!timeline.some(({ service }: any) => service === 'provider'));
    assert.deepEqual(subjectsOf(mails), [`Your order ${orderId} was cancelled`]);
  });

  test('cancelled while its checkout runs keeps no money and no stock, and confirms nothing', async () => {
    const { status, reason, timeline, mails, orderId } = await journey('--cancel', 'before');
    assert.deepEqual([status, reason], ['cancelled', 'CUSTOMER']);
    const events = eventsOf(timeline);
    assert.ok(!events.includes('captured') && !events.includes('order.confirmed'));
    assert.deepEqual(subjectsOf(mails), [`Your order ${orderId} was cancelled`]);
  });

  test('cancelled after its confirmation gives back money and stock, and nothing leaves', async () => {
    const { status, reason, tooLate, timeline, mails, orderId } = await journey(
      '--cancel',
      'after',
    );
    assert.deepEqual([status, reason], ['cancelled', 'CUSTOMER']);
    shippedInstead = tooLate;
    const events = eventsOf(timeline);
    for (const event of ['order.confirmed', 'captured', 'refunded', 'inventory.released'])
      assert.ok(events.includes(event), event);
    assert.ok(!events.includes('order.shipped'));
    const told = [`We have your order ${orderId}`, `Your order ${orderId} was cancelled`];
    assert.deepEqual(subjectsOf(mails), told);
  });

  test('without a shop ends with 3 and one line that says how to start it', async () => {
    const nowhere = ['--url', 'http://127.0.0.1:9'];
    const { code, stderr } = await script('journey', shop.scratch, ...nowhere);
    assert.equal(code, 3);
    assert.match(stderr, /^no shop answers at .*npm start.*\n$/);
    assert.equal((await script('verify', shop.scratch)).code, 3);
  });
});

describe('traffic with a kill, then the books', () => {
  test('acknowledges every order, each of which ends', async () => {
    const few = ['--orders', '150', '--concurrency', '16', '--shoppers', '8', '--json'];
    const kill = ['--kills', '1', '--kill-in-flight', '4', '--kill-sagas', '1'];
    const { code, figures, stderr } = await script('traffic', shop.data, ...few, ...kill);
    assert.equal(code, 0, stderr);
    const { asked, acknowledged, unknown, failed, ended, kills, surprises } = figures;
    assert.deepEqual(
      { asked, acknowledged, unknown, failed, ended, kills, surprises },
      { asked: 150, acknowledged: 150, unknown: 0, failed: 0, ended: 150, kills: 1, surprises: [] },
    );
    const [struck] = figures.killDetails;
    assert.ok(struck.requestsInFlight >= 4 && struck.sagasPastAuthorise >= 1);
  });

  test('verify ticks everything', async () => {
    const { code, figures, stdout } = await script('verify', shop.data, '--json');
    assert.equal(code, 0, stdout);
    assert.equal(figures.ok, true);
    assert.equal(figures.unsettled, false);
    // By quota of 150, and the six journeys.
    const confirmed = 140 + 2 + shippedInstead;
    const counts = { confirmed, cancelled: 10 + 4, declined: 7 + 1, outOfStock: 3 + 1 };
    assert.deepEqual(figures.counts, counts);
    assert.ok(figures.invariants.every(({ ok }: any) => ok));
  });
});

describe('verify, when somebody changed the books,', () => {
  /** A copy of the data folder at rest, changed. */
  function changed(name: string, file: string, change: (database: DatabaseSync) => void): string {
    const copy = join(shop.scratch, name);
    cpSync(shop.data, copy, { recursive: true, filter: (path) => !path.endsWith('.lock') });
    const database = new DatabaseSync(join(copy, file));
    change(database);
    database.close();
    return copy;
  }

  async function firstFault(data: string) {
    const { code, figures, stdout } = await script('verify', data, '--timeout', '5', '--json');
    assert.equal(code, 4, stdout);
    assert.equal(figures.ok, false);
    assert.match(stdout, /^✗ /m);
    return figures.invariants.find(({ ok }: any) => !ok) as { name: string; detail: string };
  }

  test('finds one ledger line and names its order', async () => {
    let order = '';
    const data = changed('ledger', 'provider.db', (database) => {
      const row = database.prepare("SELECT * FROM entries WHERE kind = 'captured'").get();
      order = String(row?.reference);
      database
        .prepare('UPDATE entries SET amount = amount + 1 WHERE seq = ?')
        .run(Number(row?.seq));
    });
    const provider = await providerServer({ data: join(data, 'provider.db') });
    try {
      const places = { ...readRunFile(data), provider: { pid: process.pid, url: provider.url } };
      writeFileSync(join(data, 'run.json'), JSON.stringify(places));
      const { name, detail } = await firstFault(data);
      assert.equal(name, 'money');
      assert.match(detail, new RegExp(order));
    } finally {
      await provider.close();
    }
  });

  test('finds one stock row and names its SKU', async () => {
    const data = changed('stock', 'inventory.db', (database) =>
      database.exec(`UPDATE ${tableOf('stock')}
        SET data = json_set(data, '$.available', 7, '$.sold', 3) WHERE id = 'KIT-PAN-0001'`),
    );
    const { name, detail } = await firstFault(data);
    assert.equal(name, 'stock');
    assert.match(detail, /KIT-PAN-0001/);
  });

  test('finds one log entry and names its id', async () => {
    let id = '';
    const data = changed('log', 'payments.db', (database) => {
      const row = database.prepare('SELECT seq, id FROM log ORDER BY seq LIMIT 1 OFFSET 5').get();
      id = String(row?.id);
      database
        .prepare("UPDATE log SET actor = 'service:nobody' WHERE seq = ?")
        .run(Number(row?.seq));
    });
    const { name, detail } = await firstFault(data);
    assert.equal(name, 'logs are whole');
    assert.match(detail, new RegExp(id));
  });

  test('says what it waited for in vain', async () => {
    let saga = '';
    const data = changed('open', 'orders.db', (database) => {
      const table = tableOf('offshoot.sagas');
      saga = String(database.prepare(`SELECT max(id) AS id FROM ${table}`).get()?.id);
      database
        .prepare(`UPDATE ${table} SET data = json_set(data, '$.status', 'paused') WHERE id = ?`)
        .run(saga);
    });
    const { code, figures } = await script('verify', data, '--timeout', '1', '--json');
    assert.equal(code, 4);
    assert.equal(figures.unsettled, true);
    assert.match(figures.invariants[0].detail, new RegExp(`paused saga ${saga}`));
  });

  test('finds an entry that is gone, and an event that nobody handled', async () => {
    const gone = changed('gone', 'orders.db', (database) =>
      database.exec('DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)'),
    );
    const { detail } = await firstFault(gone);
    assert.match(detail, /saga|order/);
    const lost = changed('lost', 'orders.db', (database) =>
      database.exec(`DELETE FROM ${tableOf('customers')}
        WHERE id = (SELECT max(id) FROM ${tableOf('customers')})`),
    );
    assert.match((await firstFault(lost)).detail, /orders never handled user.created/);
  });
});
