// Does what docs/guides/gateway.md shows stand in front of an Express app that knows nothing of it?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { SignJWT } from 'jose';
import { OFFSHOOT } from './fixtures/running-host.ts';

const GUIDE = readFileSync(new URL('../../../docs/guides/gateway.md', import.meta.url), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(GUIDE)![1]!;
const SECRET = /JWT_SECRET='([^']+)'/.exec(block('sh'))![1]!;
const LISTEN = 'app.listen(3000);';

/** The app of the guide, on any free port. */
async function app(t: TestContext): Promise<string> {
  const own = `const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  assert.ok(block('js').includes(LISTEN));
  const code = block('js').replace(LISTEN, own);
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: new URL('../../..', import.meta.url).pathname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return `http://127.0.0.1:${String((await once(child.stdout, 'data'))[0]).trim()}`;
}

async function gateway(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-guide-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, block('yaml').replace('http://127.0.0.1:3000', await app(t)));
  const args = [OFFSHOOT, 'gateway', '--config', file, '--port', '0'];
  const env = { ...process.env, JWT_SECRET: SECRET, OFFSHOOT_LOG: join(folder, 'log') };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return /http:\S+?(?=,)/.exec(String((await once(child.stdout, 'data'))[0]))![0];
}

test('twenty lines put tokens, limits and rewriting before an Express app', async (t) => {
  assert.ok(block('yaml').trim().split('\n').length <= 20);
  const url = await gateway(t);
  const user = await fetch(`${url}/api/users/7`);
  assert.deepEqual(await user.json(), { id: '7', name: 'Ann' });
  assert.ok(user.headers.get('x-request-id'));
  const order = (headers: Record<string, string>) =>
    fetch(`${url}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"sku":"KIT-1"}',
    });
  const stranger = await order({});
  assert.equal(stranger.status, 401);
  assert.match(stranger.headers.get('proxy-status')!, /^offshoot; error=http_request_denied$/);
  assert.equal(stranger.headers.get('www-authenticate'), 'Bearer');
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('user-1')
    .setIssuer('https://issuer.example')
    .setAudience('shop')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(Buffer.from(SECRET));
  const known = await order({ authorization: `Bearer ${token}` });
  assert.equal(known.status, 201);
  assert.deepEqual(await known.json(), { sku: 'KIT-1' });
  assert.equal((await order({ authorization: `Bearer ${token.slice(0, -2)}xx` })).status, 401);
  assert.equal((await fetch(`${url}/api/orders`)).status, 405);
  let last = user;
  for (let turn = 0; turn < 200 && last.status === 200; turn += 1)
    last = await fetch(`${url}/api/users/7`);
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get('retry-after')) >= 1);
});
