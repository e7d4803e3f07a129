// Does the `offshoot` command answer what was typed, and start a host?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { OFFSHOOT, offshoot, runningHost } from './fixtures/running-host.ts';

const TOPOLOGY = join(import.meta.dirname, 'fixtures/toy-topology.ts');

test('says how it is used, and which release it is', async () => {
  assert.match((await offshoot('--help')).stdout, /^usage: offshoot VERB/);
  assert.match((await offshoot()).stdout, /^usage: offshoot VERB/);
  assert.match((await offshoot('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('suggests the verb that was meant, and fails with 2', async () => {
  await assert.rejects(offshoot('upp'), { code: 2, stderr: /did you mean 'offshoot up'\?/ });
  await assert.rejects(offshoot('dance'), { code: 2, stderr: /no verb 'dance'; see/ });
});

test('refuses an option it does not know, and a port that is none', async () => {
  await assert.rejects(offshoot('up', '--colour'), { code: 2, stderr: /'--colour'/ });
  const args = ['up', '--topology', TOPOLOGY, '--port', 'http', '--data', tmpdir()];
  await assert.rejects(offshoot(...args), { code: 3, stderr: /^offshoot: PORT='http' cannot/ });
});

test('up starts a host, tells where, and drains on SIGTERM', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-up-'));
  const args = [OFFSHOOT, 'up', '--topology', TOPOLOGY, '--port', '0', '--data', data];
  const up = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => {
    up.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  });
  const exit = once(up, 'exit');
  let url = '';
  for await (const line of createInterface({ input: up.stdout })) {
    url ||= /api +(http:\S+?)\/api/.exec(line)?.[1] ?? '';
    if (line.startsWith('ready in')) break;
  }
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  up.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});

test('an operator calls what the edge does not route, and a stranger is refused', async (t) => {
  await assert.rejects(offshoot('call', 'toy.where', '--data', '/nowhere'), {
    code: 3,
    stderr: /no host runs on .*NO_HOST/,
  });
  const { data, run } = await runningHost(t, 'toy');
  const file = join(data, 'operator-toy.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string };
  const strange = await fetch(`${url}/call`, { method: 'POST', body: '{}' });
  assert.equal(strange.status, 401);
  const where = await run('call', 'toy.where', '{}');
  assert.deepEqual(JSON.parse(where), { url: '', smtpUrl: '' });
  await assert.rejects(run('call', 'toy.fly'), {
    code: 1,
    stderr: /toy.*fly/,
  });
  await assert.rejects(run('call', 'toy.where', 'no json'), {
    code: 1,
    stderr: /MALFORMED_BODY/,
  });
});
