// Does `npm start` keep the shop and its stand-ins running, and end them when asked?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive, type Places } from './run-file.ts';

const HERE = import.meta.dirname;
const LAUNCH = join(HERE, '../bin/launch.js');
const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 20_000;

/** Waits for something to become true, and says what did not. */
async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    assert.ok(Date.now() < end, `waited too long for ${what}`);
    await wait(LOOK_EVERY_MS);
  }
}

interface Launched {
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  stdout(): string;
  stderr(): string;
}

interface Site {
  readonly data: string;
  places(): Places;
  launch(topology?: string): Launched;
}

/** A data folder of its own; whatever runs on it at the end of the test is ended by its pid. */
function siteFor(t: TestContext): Site {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-launch-'));
  const launched: ChildProcess[] = [];
  const file = join(data, 'run.json');
  const places = (): Places => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  t.after(async () => {
    const left = Object.values(places()).map(({ pid }) => pid);
    for (const one of launched) one.kill('SIGKILL');
    for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await until('the end', () => !left.some(isAlive));
    rmSync(data, { recursive: true, force: true });
  });
  return {
    data,
    places,
    launch(topology = 'toy-topology.ts') {
      const made = launch(data, join(HERE, 'fixtures', topology));
      launched.push(made.process);
      return made;
    },
  };
}

function launch(data: string, topology: string): Launched {
  const standIn = `toy+smtp=${join(HERE, 'fixtures/toy-stand-in.ts')}`;
  const made = spawn(process.execPath, [LAUNCH, '--topology', topology, '--stand-in', standIn], {
    env: { ...process.env, OFFSHOOT_DATA: data, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  made.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk;
  });
  made.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk;
  });
  return {
    process: made,
    exit: once(made, 'close').then(([code]) => code as number | null),
    stdout: () => texts.out,
    stderr: () => texts.err,
  };
}

const isReady = ({ stdout }: Launched) => /^ready in \d+ ms$/m.test(stdout());

test('starts, restarts a killed shop on its port, and ends everything when asked', async (t) => {
  const site = siteFor(t);
  const launched = site.launch();
  await until('ready', () => isReady(launched));
  const { shop, toy } = site.places();
  assert.ok(shop && toy);
  assert.ok(launched.stdout().includes(site.data));
  assert.ok(launched.stdout().includes(shop.url));
  const seen = await (await fetch(`${shop.url}/api/v1/toy`)).json();
  assert.match(toy.smtpUrl ?? '', /^smtp:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(seen, { url: toy.url, smtpUrl: toy.smtpUrl });

  process.kill(shop.pid, 'SIGKILL');
  const again = await until('the shop', () => {
    const now = site.places().shop;
    return now?.pid !== shop.pid && now;
  });
  assert.equal(again.url, shop.url);
  assert.equal((await fetch(`${again.url}/readyz`)).status, 200);
  assert.deepEqual(site.places().toy, toy);
  assert.ok(isAlive(toy.pid));

  launched.process.kill('SIGTERM');
  assert.equal(await launched.exit, 0);
  assert.ok(!isAlive(again.pid) && !isAlive(toy.pid));
  assert.deepEqual(site.places(), {});
  assert.match(readFileSync(join(site.data, 'shop.log'), 'utf8'), /"msg":"drained"/);
});

test('refuses a second launcher on the same folder', async (t) => {
  const site = siteFor(t);
  const first = site.launch();
  await until('ready', () => isReady(first));
  const second = site.launch();
  assert.equal(await second.exit, 3);
  assert.match(second.stderr(), /^offshoot: a shop runs on .* already at http.*: stop it.*\n$/);
  const { shop } = site.places();
  assert.equal((await fetch(`${shop?.url}/readyz`)).status, 200);
});

test('a killed launcher leaves the stand-in, and the next one adopts it', async (t) => {
  const site = siteFor(t);
  const first = site.launch();
  await until('ready', () => isReady(first));
  const { shop, toy } = site.places();
  assert.ok(shop && toy);
  first.process.kill('SIGKILL');
  await until('the orphaned shop to drain', () => !isAlive(shop.pid));
  assert.ok(isAlive(toy.pid));
  const second = site.launch();
  await until('ready', () => isReady(second));
  assert.deepEqual(site.places().toy, toy);
  second.process.kill('SIGINT');
  second.process.kill('SIGINT'); // npm and the terminal both deliver the same Ctrl-C
  assert.equal(await second.exit, 0);
  assert.ok(!isAlive(toy.pid));
});

test('a dead stand-in comes back at its address', async (t) => {
  const site = siteFor(t);
  const launched = site.launch();
  await until('ready', () => isReady(launched));
  const { toy, shop } = site.places();
  assert.ok(toy);
  process.kill(toy.pid, 'SIGKILL');
  const again = await until('the stand-in', () => {
    const now = site.places().toy;
    return now?.pid !== toy.pid && now;
  });
  assert.equal(again.url, toy.url);
  assert.deepEqual(site.places().shop, shop);
});

test('a setting that cannot be used ends the launcher with one line and no restart', async (t) => {
  const site = siteFor(t);
  const missing = site.launch('missing-topology.ts');
  assert.equal(await missing.exit, 3);
  assert.match(missing.stderr(), /^offshoot: there is no .*missing-topology\.ts.*\n$/);
  assert.deepEqual(site.places(), {});
});

test('a data folder that cannot be made is one line with the fix', async (t) => {
  const site = siteFor(t);
  const file = join(site.data, 'file');
  writeFileSync(file, '');
  const launched = launch(join(file, 'data'), join(HERE, 'fixtures/toy-topology.ts'));
  assert.equal(await launched.exit, 3);
  assert.match(launched.stderr(), /^offshoot: the data folder .* set OFFSHOOT_DATA.*\n$/);
});

test('gives up on a shop that never becomes ready, and takes the stand-in along', async (t) => {
  const site = siteFor(t);
  const launched = site.launch('broken-topology.ts');
  const toy = await until('the stand-in', () => site.places().toy);
  assert.equal(await launched.exit, 1);
  assert.match(launched.stderr(), /is not started again: it died 5 times before it was ready/);
  assert.ok(!isAlive(toy.pid));
});
