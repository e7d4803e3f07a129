// Does the provider keep its word as a process: over HTTP, under load and through a kill?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LedgerEntry } from './provider.ts';
import { type ProviderServer, providerServer } from './server.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const VISA = { amount: 4200, currency: 'EUR', method: 'pm_card_visa' };

const folder = mkdtempSync(join(tmpdir(), 'provider-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function call(url: string, key?: string, body?: object | string) {
  const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(
    url,
    text === undefined ? {} : { method: 'POST', headers, body: text },
  );
  return { status: response.status, body: (await response.json()) as any };
}

async function ledgerOf(url: string, limit = 10_000): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const { body } = await call(`${url}/ledger?after=${next}&limit=${limit}`);
    entries.push(...body.entries);
    next = body.next;
  }
  return entries;
}

describe('the server', () => {
  let server: ProviderServer;
  const charge = (key: string, body: object | string = VISA) =>
    call(`${server.url}/authorisations`, key, body);
  const entriesOf = async (key: string) =>
    (await ledgerOf(server.url)).filter((entry) => entry.key === key);

  before(async () => {
    server = await providerServer({ data: join(folder, 'server.db'), delayFactor: 0.05 });
  });
  after(() => server.close());

  test('answers many at once, each once, and its pages are complete', async () => {
    const keys = Array.from({ length: 300 }, (_, index) => `many-${index}`);
    const replies = await Promise.all([...keys, ...keys].map((key) => charge(key)));
    assert.ok(replies.every(({ status }) => status === 201));
    assert.equal(new Set(replies.map(({ body }) => body.id)).size, 300);
    const entries = (await ledgerOf(server.url, 7)).filter(({ key }) => key.startsWith('many-'));
    assert.deepEqual(new Set(entries.map(({ key }) => key)), new Set(keys));
    assert.equal(entries.length, 300);
  });

  test('gives the same key in the same moment one authorisation', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => charge('same')));
    assert.equal(new Set(replies.map(({ body }) => body.id)).size, 1);
    assert.equal((await entriesOf('same')).length, 1);
  });

  test('drops the connection after the charge, and answers the repeat', async () => {
    const body = { ...VISA, method: 'pm_card_drop_after_charge' };
    await assert.rejects(charge('drop', body));
    assert.equal((await call(`${server.url}/operations/drop`)).body.status, 201);
    assert.equal((await charge('drop', body)).status, 201);
    assert.equal((await entriesOf('drop')).length, 1);
  });

  test('holds a slow answer back, and a repeat with it', async () => {
    const body = { ...VISA, method: 'pm_card_slow' };
    const started = performance.now();
    const first = charge('slow', body);
    while ((await call(`${server.url}/operations/slow`)).status !== 200);
    assert.equal((await charge('slow', body)).body.code, 'OUTCOME_PENDING');
    const answer = await first;
    assert.ok(performance.now() - started >= 140);
    assert.deepEqual(await charge('slow', body), answer);
  });

  test('answers the resend before the late answer', async () => {
    const body = { ...VISA, method: 'pm_card_twice' };
    const order: string[] = [];
    const first = charge('twice', body).finally(() => order.push('first'));
    while ((await call(`${server.url}/operations/twice`)).status !== 200);
    const resend = await charge('twice', body).finally(() => order.push('resend'));
    assert.deepEqual(await first, resend);
    assert.deepEqual(order, ['resend', 'first']);
    assert.equal((await entriesOf('twice')).length, 1);
  });

  test('refuses a missing key, broken JSON and a body beyond its limit', async () => {
    const missing = await call(`${server.url}/authorisations`, undefined, VISA);
    assert.deepEqual([missing.status, missing.body.code], [400, 'IDEMPOTENCY_KEY_REQUIRED']);
    assert.equal((await charge('broken', '{')).body.code, 'MALFORMED_BODY');
    const large = await charge('large', { ...VISA, note: 'x'.repeat(65 * 1024) });
    assert.deepEqual([large.status, large.body.code], [413, 'BODY_TOO_LARGE']);
    assert.equal((await charge('broken')).status, 201);
  });

  test('lets nobody else open its ledger', async () => {
    await assert.rejects(providerServer({ data: join(folder, 'server.db') }), /locked/);
  });
});

describe('the process', () => {
  const children = new Set<ChildProcess>();
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function start(data: string, ...more: string[]) {
    const child = spawn(process.execPath, [MAIN, '--data', join(folder, data), ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const [line] = await once(child.stdout!, 'data');
    const { ready, url } = JSON.parse(String(line));
    assert.equal(ready, true);
    const end = async (signal: NodeJS.Signals) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = await exited;
      children.delete(child);
      return code as number | null;
    };
    return { child, url: url as string, end };
  }

  test('remembers every answer it gave when it is killed amid a storm', async () => {
    const first = await start('killed.db');
    const answered = new Map<string, object>();
    let sent = 0;
    const storm = Array.from({ length: 16 }, async () => {
      for (;;) {
        const key = `storm-${sent++}`;
        try {
          answered.set(key, (await call(`${first.url}/authorisations`, key, VISA)).body);
        } catch {
          return;
        }
      }
    });
    while (answered.size < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.end('SIGKILL');
    await Promise.all(storm);

    const second = await start('killed.db');
    for (const [key, body] of answered) {
      const asked = await call(`${second.url}/operations/${key}`);
      assert.deepEqual(asked.body, { key, operation: 'authorise', status: 201, body });
    }
    const key = 'storm-0';
    const repeated = await call(`${second.url}/authorisations`, key, VISA);
    assert.deepEqual(repeated, { status: 201, body: answered.get(key) });
    const entries = await ledgerOf(second.url, 50);
    assert.equal(new Set(entries.map((entry) => entry.key)).size, entries.length);
    assert.ok(entries.every((entry, index) => entry.seq === index + 1));
    assert.ok(entries.length >= answered.size);
    await second.end('SIGKILL');
  });

  test('a charge whose answer nobody waited for outlives a kill, once', async () => {
    const first = await start('slow.db');
    const body = JSON.stringify({ ...VISA, method: 'pm_card_slow' });
    const lost = request(`${first.url}/authorisations`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k1' },
    });
    lost.on('error', () => {});
    lost.end(body);
    while ((await call(`${first.url}/operations/k1`)).status !== 200);
    await first.end('SIGKILL');
    const second = await start('slow.db');
    const repeated = await call(`${second.url}/authorisations`, 'k1', body);
    assert.equal(repeated.status, 201);
    assert.equal((await ledgerOf(second.url)).length, 1);
    await second.end('SIGKILL');
  });

  test('closes cleanly on SIGTERM, also while an answer is held back, and keeps its port', async () => {
    const first = await start('closed.db');
    const held = call(`${first.url}/authorisations`, 'k1', { ...VISA, method: 'pm_card_twice' });
    held.catch(() => {});
    while ((await call(`${first.url}/operations/k1`)).status !== 200);
    assert.equal(await first.end('SIGTERM'), 0);
    await assert.rejects(held);
    const second = await start('closed.db', '--port', new URL(first.url).port);
    assert.equal(second.url, first.url);
    assert.equal((await ledgerOf(second.url)).length, 1);
    assert.equal(await second.end('SIGINT'), 0);
  });

  test('lives on when nobody reads its output any more', async () => {
    const { child, url, end } = await start('orphan.db');
    child.stdout!.destroy();
    assert.equal((await call(`${url}/health`)).body.status, 'pass');
    assert.equal(await end('SIGTERM'), 0);
  });

  test('says how it is used, and when its port is taken', async () => {
    const { url, end } = await start('port.db');
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, [MAIN, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      children.add(child);
      let text = '';
      child.stderr!.on('data', (chunk) => {
        text += chunk;
      });
      const [code] = await once(child, 'close');
      children.delete(child);
      return { code, text };
    };
    const usage = await run();
    assert.equal(usage.code, 2);
    assert.match(usage.text, /usage/);
    const taken = await run('--data', join(folder, 'other.db'), '--port', new URL(url).port);
    assert.equal(taken.code, 1);
    assert.match(taken.text, /PORT_IN_USE/);
    await end('SIGTERM');
  });
});
