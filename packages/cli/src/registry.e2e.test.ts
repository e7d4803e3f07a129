// Can a person run a registry and see who is in it, over its restart?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { httpRegistry, instance } from 'offshoot/discovery';
import { nodeRuntime } from 'offshoot/runtime/node';
import { OFFSHOOT, offshoot } from './fixtures/running-host.ts';

const TOKEN = 'word of this test';

async function serving(t: TestContext, data: string) {
  const args = [OFFSHOOT, 'registry', 'serve', '--port', '0', '--data', data];
  const env = { ...process.env, OFFSHOOT_REGISTRY_TOKEN: TOKEN };
  const child: ChildProcess = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout!, 'data');
  const said = String(line);
  const url = /http:\S+?(?=[,\s])/.exec(said)![0];
  const end = async () => {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
  };
  return { said, url, end };
}

test('a registry is served, asked, and starts again with everybody', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-registry-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await serving(t, data);
  const registry = httpRegistry({ runtime: nodeRuntime(), url: first.url, bearer: TOKEN });
  const orders = { id: 'orders-1', service: 'orders', url: 'http://10.0.0.7:3001', zone: 'eu' };
  await registry.register(instance(orders), 30_000);
  await first.end();
  const second = await serving(t, data);
  assert.match(second.said, /1 instances from before/);
  process.env.OFFSHOOT_REGISTRY_TOKEN = TOKEN;
  t.after(() => delete process.env.OFFSHOOT_REGISTRY_TOKEN);
  const { stdout } = await offshoot('registry', 'ls', '--url', second.url);
  assert.match(stdout, /^service +id +url.*\norders +orders-1 +http:\/\/10\.0\.0\.7:3001 +up .*eu/);
  const json = await offshoot('registry', 'ls', 'orders', '--json', '--url', second.url);
  assert.equal(JSON.parse(json.stdout).services[0].instances[0].id, 'orders-1');
  const none = await offshoot('registry', 'ls', 'users', '--url', second.url);
  assert.equal(none.stdout, '');
  delete process.env.OFFSHOOT_REGISTRY_TOKEN;
  await assert.rejects(offshoot('registry', 'ls', '--url', second.url), {
    stderr: /UNAUTHENTICATED/,
  });
  await second.end();
});

test('what makes no sense is said, with how it is used', async () => {
  await assert.rejects(offshoot('registry', 'dance'), { code: 2, stderr: /makes no sense/ });
  await assert.rejects(offshoot('registry'), { code: 2, stderr: /something is missing/ });
});
