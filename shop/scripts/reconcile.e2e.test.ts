// Does `offshoot reconcile payments` find and mend what a lost answer left behind? Real processes.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { host, type RunningHost, topology } from 'offshoot/host';
import { CATALOGUE } from '../catalogue/index.ts';
import { monolith } from '../topologies/monolith.ts';
import { type LedgerEntry, readLedger } from './evidence/ledger.ts';

const OFFSHOOT = join(import.meta.dirname, '../../packages/cli/bin/offshoot.js');
const PROVIDER = join(import.meta.dirname, '../stand-ins/provider/main.ts');
const WAIT_MS = 20_000;
const SOLD_OUT = CATALOGUE.find(({ stock }) => stock.quantity === 0)!;
const CHEAP = CATALOGUE.find(({ stock }) => stock.quantity > 1_000)!;
const address = { name: 'Ada', street: '1 Lane', city: 'Quay', postalCode: '1', country: 'GB' };

const folder = mkdtempSync(join(tmpdir(), 'offshoot-reconcile-'));
const data = join(folder, 'data');
const ledgerFile = join(folder, 'provider.db');
let shop: RunningHost;
let provider: { readonly process: ChildProcess; readonly url: string };
let token: string;

async function startProvider(port = 0): Promise<void> {
  const args = [PROVIDER, '--data', ledgerFile, '--port', String(port)];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: process_.stdout }), 'line')) as [string];
  provider = { process: process_, url: JSON.parse(line).url };
}

/** Ends the provider, lets something happen to its file, and starts it at its address. */
async function withoutProvider(task: () => void): Promise<void> {
  const ended = once(provider.process, 'exit');
  provider.process.kill('SIGTERM');
  await ended;
  task();
  await startProvider(Number(new URL(provider.url).port));
}

async function startShop(): Promise<void> {
  shop = await host({
    topology: topology({ ...monolith, limits: { factor: 1_000 } }),
    environment: {
      ...{ OFFSHOOT_DATA: data, LOG_LEVEL: 'error', PORT: '0' },
      ...{ PROVIDER_URL: provider.url, SMTP_URL: 'smtp://127.0.0.1:1' },
    },
  });
}

async function send(url: string, key: string | undefined, body?: object): Promise<any> {
  const reply = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'idempotency-key': key } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await reply.text();
  assert.ok(reply.ok, `${url}: ${reply.status} ${text}`);
  return JSON.parse(text);
}
const ask = (path: string, body?: object, key?: string) =>
  send(`${shop.url}/api/v1${path}`, key, body);

async function placed(method = 'pm_card_visa', { id: productId } = CHEAP): Promise<string> {
  const order = { items: [{ productId, quantity: 1 }], shippingAddress: address };
  const answer = await ask('/orders', { ...order, payment: { method } }, randomUUID());
  return answer.orderId;
}

async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await look())) {
    assert.ok(performance.now() < end, `never: ${what}`);
    await sleep(20);
  }
}

const becomes = (orderId: string, wanted: string) =>
  eventually(`${orderId} ${wanted}`, async () => {
    const { status } = await ask(`/orders/${orderId}`);
    return status === wanted;
  });

/** Somebody at the provider, with the shop's reference and a key of their own. */
async function byHand(
  reference: string | undefined,
  { key = `hand-${randomUUID()}`, isTaken = true } = {},
) {
  const body = { amount: 700, currency: 'EUR', method: 'pm_card_visa' };
  const more = reference === undefined ? {} : { reference };
  const { id } = await send(`${provider.url}/authorisations`, key, { ...body, ...more });
  if (isTaken) await send(`${provider.url}/authorisations/${id}/capture`, randomUUID(), {});
}

const ledger = () => readLedger(provider.url);
const kindsOf = async (orderId: string) =>
  (await ledger()).filter((one) => one.reference === orderId).map((one) => one.kind);
const countOf = (lines: readonly LedgerEntry[], kind: string) =>
  lines.filter((one) => one.kind === kind).length;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function offshoot(...args: string[]): Promise<Ran> {
  const all = [OFFSHOOT, 'reconcile', 'payments', '--data', data, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** Everything counts as settled, and the answer is read as JSON. */
async function reconciled(...args: string[]) {
  const ran = await offshoot('--older-than', '0', '--json', ...args);
  const { differences } = JSON.parse(ran.stdout) as { differences: any[] };
  const said = differences.map(({ outcome, kind, action }) => `${outcome} ${kind} ${action}`);
  return { code: ran.code, said, differences };
}
const NOTHING = { code: 0, said: [], differences: [] };

before(async () => {
  await startProvider();
  await startShop();
  const account = { email: 'ada@example.test', password: 'correct horse' };
  await ask('/auth/signup', { ...account, name: 'Ada Byron' });
  token = (await ask('/auth/login', account)).accessToken;
});

after(async () => {
  await shop?.drain();
  provider?.process.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('offshoot reconcile payments', () => {
  test('finds nothing in a shop where nothing was lost', async () => {
    const [bought, declined, refused] = await Promise.all([
      placed(),
      placed('pm_card_declined'),
      placed('pm_card_visa', SOLD_OUT),
    ]);
    const lost = await placed('pm_card_drop_after_charge');
    await Promise.all([becomes(bought, 'shipped'), becomes(lost, 'shipped')]);
    await Promise.all([becomes(declined, 'cancelled'), becomes(refused, 'cancelled')]);
    assert.deepEqual(await reconciled(), NOTHING);
    const { code, stdout, stderr } = await offshoot();
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /payments: \d+ looked at, nothing differs/);
  });

  test('a checkout that still runs is in flight, and is left alone', async () => {
    const slow = await placed('pm_card_slow');
    await eventually('held', async () => (await kindsOf(slow)).length > 0);
    const { code, said, differences } = await reconciled();
    assert.deepEqual([code, said], [0, ['in_flight answer_lost record']]);
    assert.deepEqual([differences[0].orderId, differences[0].order], [slow, 'pending']);
    await becomes(slow, 'shipped');
    assert.deepEqual(await kindsOf(slow), ['authorised', 'captured']);
    assert.deepEqual(await reconciled(), NOTHING);
  });

  test('what was charged by hand for an order of ours goes back, once', async () => {
    const orderId = await placed();
    await becomes(orderId, 'shipped');
    await byHand(orderId);
    await byHand(orderId, { isTaken: false });
    const before = await ledger();
    const young = await offshoot();
    assert.equal(young.code, 0);
    assert.match(young.stderr, /2 in flight/);
    const dry = await offshoot('--older-than', '0', '--dry-run');
    assert.equal(dry.code, 4);
    assert.match(dry.stdout, /^outcome +kind +action +orderId/);
    assert.match(dry.stdout, /found +stray_charge +refund .* 700 EUR/);
    assert.deepEqual(await ledger(), before);
    const both = await Promise.all([reconciled(), reconciled()]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    const kinds = await kindsOf(orderId);
    assert.deepEqual(kinds.slice(-2).sort(), ['refunded', 'voided']);
    assert.equal(kinds.length, 7);
    assert.deepEqual(await reconciled(), NOTHING);
  });

  test('a charge that came too late for an order that is over is let go of', async () => {
    const over = await placed('pm_card_visa', SOLD_OUT);
    await becomes(over, 'cancelled');
    await byHand(over, { key: `order/${over}/authorise`, isTaken: false });
    const taken = await placed('pm_card_visa', SOLD_OUT);
    await becomes(taken, 'cancelled');
    await byHand(taken, { key: `order/${taken}/authorise` });
    const { code, said } = await reconciled();
    const expected = ['mended answer_lost void', 'mended answer_lost refund'];
    assert.deepEqual([code, said], [0, expected]);
    assert.deepEqual(await kindsOf(over), ['authorised', 'voided']);
    assert.deepEqual(await kindsOf(taken), ['authorised', 'captured', 'refunded']);
    assert.deepEqual(await reconciled(), NOTHING);
  });

  test('a charge whose answer was lost is found and mended: payments’ store is an old copy', async () => {
    const files = ['payments.db', 'payments.db-wal'].map((name) => join(data, name));
    const old = join(folder, 'old');
    await shop.drain();
    for (const file of files) if (existsSync(file)) cpSync(file, `${old}${file.slice(-4)}`);
    await startShop();
    const kept = await placed();
    const regretted = await placed('pm_card_slow');
    await eventually('held', async () => (await kindsOf(regretted)).length > 0);
    await ask(`/orders/${regretted}/cancel`, {});
    await Promise.all([becomes(kept, 'shipped'), becomes(regretted, 'cancelled')]);
    await shop.drain();
    for (const file of [...files, join(data, 'payments.db-shm')]) rmSync(file, { force: true });
    for (const file of files)
      if (existsSync(`${old}${file.slice(-4)}`)) cpSync(`${old}${file.slice(-4)}`, file);
    await startShop();
    const before = await ledger();
    const { code, differences } = await reconciled();
    assert.equal(code, 0);
    assert.deepEqual(
      differences.map(({ orderId, outcome, kind, action, payment, provider: there }) => [
        orderId,
        `${outcome} ${kind} ${action}: ${payment}, ${there}`,
      ]),
      [
        [kept, 'mended answer_lost record: absent, captured'],
        [regretted, 'mended answer_lost record: absent, voided'],
      ],
    );
    assert.deepEqual(await ledger(), before);
    assert.deepEqual(await reconciled(), NOTHING);
  });

  test('a capture that the provider has forgotten is made again where the money is still held', async () => {
    const orderId = await placed('pm_card_slow');
    await eventually('held', async () => (await kindsOf(orderId)).length === 1);
    const old = join(folder, 'held.db');
    await withoutProvider(() => cpSync(ledgerFile, old));
    await becomes(orderId, 'shipped');
    await withoutProvider(() => cpSync(old, ledgerFile));
    assert.deepEqual(await kindsOf(orderId), ['authorised']);
    const { code, said } = await reconciled();
    assert.deepEqual([code, said], [0, ['mended not_at_provider capture']]);
    assert.deepEqual(await kindsOf(orderId), ['authorised', 'captured']);
    assert.deepEqual(await reconciled(), NOTHING);
  });

  test('what nobody but a person can judge is said, and fails', async () => {
    await byHand(undefined);
    await byHand('somebody-elses-order');
    const { code, said } = await reconciled();
    assert.deepEqual([code, said], [1, Array(2).fill('unmended not_ours none')]);
    await withoutProvider(() => rmSync(ledgerFile));
    const lost = await reconciled();
    assert.equal(lost.code, 1);
    assert.ok(lost.said.length > 3);
    assert.deepEqual([...new Set(lost.said)], ['unmended not_at_provider none']);
    assert.equal(countOf(await ledger(), 'captured'), 0);
  });

  test('says how it is used, and fails with 3 where no shop runs', async () => {
    assert.equal((await offshoot('--older-than', 'soon')).code, 2);
    await shop.drain();
    const { code, stderr } = await offshoot();
    assert.equal(code, 3);
    assert.match(stderr, /no host runs on .*NO_HOST/);
  });
});
