// Do the hosts of a topology know each other by certificates, also while these are renewed under load?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { anyone, contract, fromService, jsonSchema, query } from 'offshoot/contract';
import { host, type Topology, topology } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { queryHandler, service } from 'offshoot/service';
import {
  type Authority,
  certificateAuthority,
  developmentCertificates,
  type RenewedSource,
} from './index.ts';

const nothing = jsonSchema<Record<string, never>>({ type: 'object' });
const answer = jsonSchema<{ by: string }>({ type: 'object' });
const bakery = contract('bakery', {
  version: 1,
  operations: {
    who: query('GET /who', { input: nothing, output: answer, access: fromService('shelf') }),
  },
  events: {},
});
const shelf = contract('shelf', {
  version: 1,
  rateLimit: 'none',
  operations: { look: query('GET /look', { input: nothing, output: answer, access: anyone() }) },
  events: {},
});
const bakeryService = service(bakery, {
  handlers: {
    who: queryHandler(bakery.who, { answer: ({ principal }) => ({ by: principal.name }) }),
  },
});
const shelfService = service(shelf, {
  handlers: {
    look: queryHandler(shelf.look, {
      prepare: (_, reach) => reach.ask(bakery.who, {}),
      answer: ({ prepared }) => prepared,
    }),
  },
});

const MASTER = 'ab'.repeat(32);
const TRUST_DOMAIN = 'town.local';

function town(sources: Map<string, RenewedSource>, lifeMs = 3_600_000): Topology {
  return topology({
    name: 'town',
    hosts: [
      {
        name: 'front',
        services: [shelfService],
        edge: {
          contracts: [shelf],
          tokens: { issuer: 't', audience: 't', keys: async () => [] },
        },
        listen: { port: 0 },
      },
      { name: 'back', services: [bakeryService] },
    ],
    store: { kind: 'sqlite' },
    secrets: { master: { env: 'KEY', file: 'master.key' } },
    certificates: developmentCertificates({
      ...{ trustDomain: TRUST_DOMAIN, lifeMs },
      onOpen: (source, name) => void sources.set(name, source),
    }),
  });
}

async function started(t: TestContext, plan: Topology) {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-certificates-'));
  const environment = { OFFSHOOT_DATA: data, KEY: MASTER, PORT: '0' };
  const back = await host({ topology: plan, name: 'back', environment });
  const front = await host({ topology: plan, name: 'front', environment });
  t.after(async () => {
    await Promise.all([front.drain(), back.drain()]);
    rmSync(data, { recursive: true, force: true });
  });
  const calls = JSON.parse(readFileSync(join(data, 'calls-back.json'), 'utf8')).url as string;
  return {
    calls,
    log: () => readFileSync(join(data, 'back.log'), 'utf8'),
    async look(): Promise<string> {
      const reply = await fetch(`${front.url}/api/v1/shelf/look`);
      const text = await reply.text();
      return reply.ok ? JSON.parse(text).by : `${reply.status} ${text}`;
    },
  };
}

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !what(); await sleep(10))
    assert.ok(Date.now() < end, 'it does not come');
}

test('hosts call each other over TLS, and 100 renewals under load refuse no request', async (t) => {
  const sources = new Map<string, RenewedSource>();
  const { calls, look, log } = await started(t, town(sources));
  assert.match(calls, /^https:/);
  assert.equal(await look(), 'service:shelf');
  const answers = new Map<string, number>();
  let isOver = false;
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const by = await look();
      answers.set(by, (answers.get(by) ?? 0) + 1);
    }
  });
  const total = () => [...answers.values()].reduce((sum, n) => sum + n, 0);
  for (let turn = 0; turn < 50; turn += 1)
    for (const one of sources.values()) {
      const before = total();
      one.renew();
      await until(() => total() >= before + 8);
    }
  isOver = true;
  await Promise.all(load);
  assert.deepEqual([...answers.keys()], ['service:shelf']);
  assert.ok(total() >= 800, String(total()));
  assert.doesNotMatch(log(), /a connection was refused/);
  t.diagnostic(JSON.stringify({ rotations: 100, requests: total(), refused: 0 }));
});

test('certificates of three seconds are renewed by themselves, and no connection outlives its own', async (t) => {
  const sources = new Map<string, RenewedSource>();
  const { look } = await started(t, town(sources, 3_000));
  const first = sources.get('front')?.current().certificate;
  for (const end = Date.now() + 4_500; Date.now() < end; )
    assert.equal(await look(), 'service:shelf');
  assert.notEqual(sources.get('front')?.current().certificate, first);
});

const runtime = nodeRuntime();
const { cryptography } = runtime;
const authorityOf = (master: string, trustDomain: string): Authority => {
  const bytes = Buffer.from(master, 'hex');
  const seed = cryptography.hmacSha256(bytes, 'offshoot:certificate-authority');
  return certificateAuthority({ runtime, trustDomain, seed });
};
const HOUR_MS = 3_600_000;
const shown = (authority: Authority, path: string, lifeMs = HOUR_MS): ConnectionOptions => {
  const { certificate: cert, key } = authority.issue(path, lifeMs);
  return { cert, key };
};
const own = authorityOf(MASTER, TRUST_DOMAIN);
const STRANGERS: Readonly<Record<string, readonly [ConnectionOptions, RegExp]>> = {
  'a name that is no host of the topology': [
    shown(own, 'host/cellar'),
    /host\/cellar, which has no/,
  ],
  'a user in place of a host': [shown(own, 'user/root'), /user\/root, which has no/],
  'another trust domain': [shown(authorityOf(MASTER, 'evil.local'), 'host/front'), /not good|evil/],
  'another authority': [
    shown(authorityOf('cd'.repeat(32), TRUST_DOMAIN), 'host/front'),
    /not good/,
  ],
  'a certificate that has expired': [shown(own, 'host/front', -30_000), /CERT_HAS_EXPIRED/],
  'no certificate': [{}, /showed no certificate/],
};

test('everybody else is refused before a byte of HTTP, and the log says why', async (t) => {
  const { calls, log, look } = await started(t, town(new Map()));
  await until(() => log().includes('"ready"'));
  const { port, hostname } = new URL(calls);
  const ask = (options: ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      let said = '';
      const socket = connect({
        ...{ port: Number(port), host: hostname, rejectUnauthorized: false },
        ...options,
      });
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: back\r\n\r\n'));
      socket.on('data', (bytes) => {
        said += bytes;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(said));
    });
  for (const [what, [options, reason]] of Object.entries(STRANGERS)) {
    const before = log().length;
    assert.equal(await ask(options), '', what);
    await until(() => /a connection was refused/.test(log().slice(before)));
    assert.match(log().slice(before), reason, what);
  }
  const plain = await fetch(calls.replace('https', 'http')).then(
    () => 'answered',
    () => 'refused',
  );
  assert.equal(plain, 'refused');
  assert.equal(await look(), 'service:shelf');
});

test('in production the authority of development does not begin', async () => {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-certificates-'));
  const environment = { OFFSHOOT_DATA: data, KEY: MASTER, NODE_ENV: 'production' };
  await assert.rejects(host({ topology: town(new Map()), name: 'back', environment }), {
    code: 'BAD_SETTING',
  });
  rmSync(data, { recursive: true, force: true });
});
