// Does `offshoot gateway` stand in front of services that are not ours, and take changes over?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OFFSHOOT, offshoot } from './fixtures/running-host.ts';
import { parseGatewayFile } from './gateway-file.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'offshoot-gateway-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function service(t: TestContext, answer: string): Promise<string> {
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serving(t: TestContext, file: string) {
  const args = [OFFSHOOT, 'gateway', '--config', file, '--port', '0'];
  const env = { ...process.env, OFFSHOOT_LOG: `${file}.log` };
  const child: ChildProcess = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout!, 'data');
  return { child, url: /http:\S+?(?=,)/.exec(String(line))![0] };
}

const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 200 && !(await what()); turn += 1)
    await new Promise((next) => setTimeout(next, 25));
};

test('a changed file is taken over under load without a failed request, one with mistakes is not', async (t) => {
  const [one, two] = [await service(t, 'one'), await service(t, 'two')];
  const file = join(folder(t), 'gateway.yaml');
  const write = (target: string, more = '') =>
    writeFileSync(file, `routes:\n  - path: /\n    target: ${target}\n${more}`);
  write(one);
  const { child, url } = await serving(t, file);
  const ask = async () => {
    const reply = await fetch(url);
    assert.equal(reply.status, 200);
    return reply.text();
  };
  assert.equal(await ask(), 'one');
  let isOver = false;
  const load = (async () => {
    while (!isOver) await ask();
  })();
  write(two);
  await until(async () => (await ask()) === 'two');
  assert.equal(await ask(), 'two');
  write(one, '    polices: []\n');
  child.kill('SIGHUP');
  await ask();
  assert.equal(await ask(), 'two');
  write(one);
  child.kill('SIGHUP');
  await until(async () => (await ask()) === 'one');
  assert.equal(await ask(), 'one');
  isOver = true;
  await load;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});

test('each mistake of a file is told with its line and what to do', () => {
  const text = `routes:
  - path: /api
    target: http://127.0.0.1:3000
    polices: []
  - path: api
    target: http://127.0.0.1:3000
    policies:
      - rateLimit: { windowMs: 1000 }
      - nonsense
`;
  assert.throws(
    () => parseGatewayFile(text, 'g.yaml'),
    (error: Error) => {
      const lines = error.message.split('\n').slice(1);
      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        ['g.yaml:4:', 'g.yaml:5:', 'g.yaml:8:', 'g.yaml:9:'],
      );
      assert.match(lines[0]!, /'polices' is no setting here; remove it or mend its spelling/);
      assert.match(lines[2]!, /'max' is missing here; add it/);
      assert.match(lines[3]!, /use one of .*rateLimit/);
      return true;
    },
  );
  assert.throws(() => parseGatewayFile('routes: [', 'g.yaml'), { message: /^g\.yaml:1: / });
  assert.throws(() => parseGatewayFile('', 'g.yaml'), { message: /'routes' is missing here/ });
});

test('a file is checked without being served, and its schema is printed', async (t) => {
  const file = join(folder(t), 'gateway.yaml');
  writeFileSync(file, 'routes:\n  - { path: /, target: nowhere }\n');
  await assert.rejects(offshoot('gateway', '--check', '--config', file), {
    code: 3,
    stderr: /there is no service 'nowhere'/,
  });
  writeFileSync(file, 'routes:\n  - { path: /, target: "http://a:1" }\n');
  const { stdout } = await offshoot('gateway', '--check', '--config', file);
  assert.match(stdout, /1 routes, no mistakes/);
  const schema = JSON.parse((await offshoot('gateway', '--schema')).stdout);
  assert.equal(schema.properties.routes.items.properties.target.type, 'string');
});
