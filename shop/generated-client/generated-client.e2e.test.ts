// Does the shop's OpenAPI document make a client that compiles, works, and bites when it is wrong?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readRunFile } from '../scripts/client/running-shop.ts';
import { type StartedShop, startedShop } from '../scripts/started-shop.ts';

/** Files of somebody who develops elsewhere: nothing in them is from this repository. */
const FRONTEND = join(import.meta.dirname, 'frontend');
const GENERATOR = join(
  dirname(createRequire(import.meta.url).resolve('@hey-api/openapi-ts/package.json')),
  'bin/run.js',
);
const COMPILER = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');

let shop: StartedShop;
let url: string;
let published: string;
let folders: string;

before(async () => {
  folders = mkdtempSync(join(tmpdir(), 'generated-client-'));
  shop = await startedShop();
  url = readRunFile(shop.data)?.shop.url ?? '';
  published = await (await fetch(`${url}/openapi.json`)).text();
});
after(async () => {
  await shop?.stop();
  rmSync(folders, { recursive: true, force: true });
});

/** A front-end project in a folder of its own, with a client that was generated from `document`. */
async function frontend(document: string): Promise<string> {
  const folder = mkdtempSync(join(folders, 'frontend-'));
  cpSync(FRONTEND, folder, { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), document);
  const { code, output } = await node(folder, GENERATOR);
  assert.equal(code, 0, output);
  return folder;
}

const compiled = (folder: string) => node(folder, COMPILER, '-p', '.', '--pretty', 'false');

async function node(cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a client that somebody else’s generator makes from the running shop’s document', () => {
  let folder: string;

  test('compiles, and so does a program against it', async () => {
    folder = await frontend(published);
    assert.deepEqual(await compiled(folder), { code: 0, output: '' });
  });

  test('takes a customer from sign-up to log-out', async () => {
    const program = await import(pathToFileURL(join(folder, 'journey.ts')).href);
    const report = await program.journey(url);
    const { orderId, bought, cancelled, statistics } = report;
    assert.equal(report.userIdOfMe, report.userId);
    assert.ok(report.products > 30);
    assert.deepEqual([bought.orderId, bought.status], [orderId, 'shipped']);
    assert.equal(report.repeated, orderId);
    assert.equal(report.parcel, 'dispatched');
    assert.deepEqual([cancelled.status, cancelled.reason], ['cancelled', 'CUSTOMER']);
    assert.deepEqual(report.listed, [`${cancelled.orderId} cancelled`, `${orderId} shipped`]);
    assert.deepEqual([statistics.totalOrders, statistics.byStatus.shipped], [2, 1]);
    assert.deepEqual(statistics.totalAmount, [bought.totalAmount]);
    assert.equal(report.togetherIn, 1);
    assert.deepEqual(report.mails, ['order.confirmed', 'order.shipped', 'order.cancelled']);
    const refusals = ['IDEMPOTENCY_KEY_REQUIRED', 'ILLEGAL_TRANSITION', 'UNAUTHENTICATED'];
    assert.deepEqual(report.refusals, refusals);
    assert.equal(report.logout, 204);
  });
});

describe('a program against the client does not compile when the document', () => {
  /** The compiler's errors in the program, with the document changed. */
  async function errors(change: (document: any) => void): Promise<string> {
    const document = JSON.parse(published);
    change(document);
    const { code, output } = await compiled(await frontend(JSON.stringify(document)));
    assert.notEqual(code, 0);
    const lines = output.split('\n').filter((line) => line.includes('error'));
    assert.ok(lines.length > 0 && lines.every((line) => line.startsWith('journey.ts')), output);
    return output;
  }
  const orderOf = (document: any) =>
    document.paths['/api/v1/orders/{orderId}'].get.responses['200'].content['application/json'];

  test('forgets that an order has a status', async () => {
    const forgotten = await errors((document) => {
      const { schema } = orderOf(document);
      delete schema.properties.status;
      schema.required = schema.required.filter((name: string) => name !== 'status');
    });
    assert.match(forgotten, /TS2339: .*'status'/);
  });

  test('knows no order that was shipped', async () => {
    const unknown = await errors((document) => {
      const { status } = orderOf(document).schema.properties;
      status.enum = status.enum.filter((name: string) => name !== 'shipped');
    });
    assert.match(unknown, /TS2345: .*'"shipped"'/);
  });

  test('lets an order be placed without an idempotency key', async () => {
    const lax = await errors((document) => {
      const { parameters } = document.paths['/api/v1/orders'].post;
      parameters.find(({ name }: any) => name === 'Idempotency-Key').required = false;
    });
    assert.match(lax, /TS2578: Unused '@ts-expect-error'/);
  });

  test('calls an operation by another name', async () => {
    const renamed = await errors((document) => {
      document.paths['/api/v1/orders'].post.operationId = 'orders.order';
    });
    assert.match(renamed, /TS2724|TS2305/);
  });
});
