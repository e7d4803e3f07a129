// Does a session that ended in one process end in the others, when identity is not where the edge is?
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { host, type RunningHost, topology } from 'offshoot/host';
import { monolith } from '../topologies/monolith.ts';
import { SERVICES } from '../topologies/services.ts';
import { gateway } from './gateway.ts';

const PROMISE_MS = 5_000;
const TRIES_MAX = 100;
const AGAIN_MS = 100;
const { services: _, ...plan } = monolith;
const identity = SERVICES.filter(({ name }) => name === 'identity');
const others = SERVICES.filter(({ name }) => name !== 'identity');
/** The door of the shop, and in another process the service that knows who is who. */
const apart = topology({
  ...plan,
  name: 'apart',
  limits: { factor: 1_000 },
  hosts: [
    { name: 'door', services: others, edge: gateway, listen: { port: 0 } },
    { name: 'who', services: identity },
  ],
});

let folder: string;
const running: RunningHost[] = [];
let url: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offshoot-revocation-'));
  const environment = {
    ...{ OFFSHOOT_DATA: folder, LOG_LEVEL: 'error', PORT: '0' },
    ...{ PROVIDER_URL: 'http://127.0.0.1:1', SMTP_URL: 'smtp://127.0.0.1:1' },
  };
  running.push(await host({ topology: apart, name: 'who', environment }));
  running.push(await host({ topology: apart, name: 'door', environment }));
  url = running[1]!.url!;
});

after(async () => {
  await Promise.all(running.map((one) => one.drain()));
  rmSync(folder, { recursive: true, force: true });
});

/** A process that is late lets only the critical in: then again. */
const post = async (path: string, body: object): Promise<any> => {
  const headers = { 'content-type': 'application/json' };
  const sent = { method: 'POST', headers, body: JSON.stringify(body) };
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${url}/api/v1/auth/${path}`, sent);
    if (answer.ok) return answer.status === 204 ? undefined : answer.json();
    assert.ok(answer.status === 503 && tries < TRIES_MAX, `${path}: ${answer.status}`);
    await sleep(AGAIN_MS);
  }
};
const statusOf = async (token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${url}/api/v1/orders`, { headers })).status;
};

test('a logout in the process of identity is known at the edge of another within 5 seconds', async (t) => {
  const account = { email: 'ada@example.test', password: randomBytes(9).toString('hex') };
  await post('signup', { ...account, name: 'Ada' });
  const [ended, kept] = [await post('login', account), await post('login', account)];
  assert.deepEqual(
    [await statusOf(ended.accessToken), await statusOf(kept.accessToken)],
    [200, 200],
  );
  await post('logout', { refreshToken: ended.refreshToken });
  const begun = performance.now();
  while ((await statusOf(ended.accessToken)) === 200) {
    assert.ok(performance.now() - begun < PROMISE_MS, 'the session goes on');
    await sleep(20);
  }
  t.diagnostic(`known after ${Math.round(performance.now() - begun)} ms`);
  assert.equal(await statusOf(kept.accessToken), 200);
});
