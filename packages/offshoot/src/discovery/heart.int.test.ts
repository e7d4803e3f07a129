// Does a busy process keep its lease, and does one that hangs lose it?
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Runtime } from '../runtime/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { httpRegistry, presence } from './index.ts';

const LEASE_MS = 1_500;
const FIXTURE = fileURLToPath(new URL('./fixtures/registry-process.ts', import.meta.url));

let child: ChildProcess;
let url = '';

before(async () => {
  child = spawn(process.execPath, [FIXTURE], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data');
  url = String(line).trim();
});
after(() => child.kill());

/** This thread does nothing else for so long. */
const busy = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

const scene = async (id: string, runtime: Runtime, stallMsMax: number) => {
  const registry = httpRegistry({ runtime, url });
  const instance = { id, service: 'orders', url: 'http://10.0.0.7:3001' };
  const here = presence({ ...{ registry, runtime, instance, leaseMs: LEASE_MS, stallMsMax } });
  assert.equal(await here.listed(5_000), true);
  await runtime.sleep(LEASE_MS); // the small thread has come up
  const changes = async (): Promise<string[]> =>
    JSON.parse(
      (await runtime.request({ method: 'GET', url: `${url}/changes`, timeoutMs: 5_000 })).body,
    );
  const before = (await changes()).length;
  return {
    here,
    /** What the list of the service was since, each time that it changed. */
    since: async () => (await changes()).slice(before),
  };
};

test('a turn of twice the lease loses nothing: another thread beats', async () => {
  const { here, since } = await scene('busy', nodeRuntime(), 60_000);
  busy(LEASE_MS * 2);
  assert.deepEqual(await since(), [], 'its list never changed');
  await here.leave();
});

test('without a heart of its own the same turn loses the lease, and it registers again', async () => {
  const { heart: _, ...heartless } = nodeRuntime();
  const { here, since } = await scene('heartless', heartless, 60_000);
  busy(LEASE_MS * 2);
  await heartless.sleep(LEASE_MS);
  assert.deepEqual(await since(), ['', 'heartless']);
  await here.leave();
});

test('one that hangs for longer than it may loses its lease, and is listed again when it is back', async () => {
  const { here, since } = await scene('hung', nodeRuntime(), 500);
  busy(500 + LEASE_MS * 3);
  await nodeRuntime().sleep(LEASE_MS);
  assert.deepEqual(await since(), ['', 'hung']);
  await here.leave();
});

test('a heart keeps no process alive', async () => {
  const script = `
    import { nodeRuntime } from 'offshoot/runtime/node';
    import { httpRegistry, presence } from 'offshoot/discovery';
    const runtime = nodeRuntime();
    const instance = { id: 'brief', service: 'orders', url: 'http://10.0.0.7' };
    const here = presence({ registry: httpRegistry({ runtime, url: '${url}' }), runtime, instance });
    console.log(await here.listed(5_000));
  `;
  const folder = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    timeout: 20_000,
  });
  assert.equal(stdout.trim(), 'true');
});
