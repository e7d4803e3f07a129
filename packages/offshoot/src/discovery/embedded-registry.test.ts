// Do the embedded registry, and the same over HTTP, keep the promises of discovery?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import type { Outbound, OutboundReply, Runtime } from '../runtime/index.ts';
import {
  failures,
  type ManualRuntime,
  manualRuntime,
  type RegistryFeatures,
  type RegistryUnderTest,
  registryConformance,
} from '../testing/index.ts';
import {
  type EmbeddedRegistry,
  embeddedRegistry,
  httpRegistry,
  instance,
  type Registry,
  registryPages,
} from './index.ts';

const FEATURES: RegistryFeatures = {
  ...{ hasLeases: true, leaseMs: 3_000, expiryMsMax: 3_100, changeMsMax: 200 },
  ...{
    carries: ['version', 'zone', 'weight', 'tags', 'health'],
    tellsHoldings: ['renewing', 'leaving'],
  },
  ...{ lateBeat: 'is told', canBeAway: true, canForget: true },
};

type Wrap = (registry: Registry) => Registry;
type Open = (runtime: ManualRuntime) => EmbeddedRegistry;

const inMemory: Open = (runtime) => embeddedRegistry({ runtime });

/** Clients in the registry's own process: it cannot be away, but it can be a new one. */
const inProcess = (open: Open, wrap: Wrap = (one) => one): RegistryUnderTest => ({
  features: { ...FEATURES, canBeAway: false, canForget: false },
  async open() {
    const runtime = manualRuntime();
    const registry = open(runtime);
    return {
      ...{ prefix: '', runtime, pass: runtime.advance },
      connect: () => wrap({ ...registry, close: () => registry.close() }),
      close: async () => registry.close(),
    };
  },
});

/** Clients that reach it by its pages only, over a wire of no length. */
const overPages = (wrap: Wrap = (one) => one): RegistryUnderTest => ({
  features: FEATURES,
  async open() {
    const runtime = manualRuntime();
    const bearer = 'registry word';
    let registry = embeddedRegistry({ runtime });
    let isAway = false;
    const request = async (outbound: Outbound): Promise<OutboundReply> => {
      const gone = new OffshootError('UNAVAILABLE', 'connection refused');
      if (isAway || outbound.signal?.aborted) throw gone;
      const cut = new AbortController();
      const { pathname, search } = new URL(outbound.url);
      const reply = registryPages({ registry, runtime, bearer })({
        ...{ method: outbound.method, target: pathname + search, headers: outbound.headers ?? {} },
        ...{ body: Buffer.from(outbound.body ?? ''), remoteAddress: '', signal: cut.signal },
      });
      outbound.signal?.addEventListener('abort', () => cut.abort());
      const { status, headers, body } = await reply;
      if (isAway) throw gone;
      return { status, headers, body: Buffer.from(body).toString() };
    };
    const again = async () => {
      registry.close();
      registry = embeddedRegistry({ runtime });
    };
    return {
      ...{ prefix: '', runtime, pass: runtime.advance, forget: again },
      connect(off = 0) {
        const near: Runtime = { ...runtime, request, now: () => runtime.now() + off };
        return wrap(httpRegistry({ runtime: near, url: 'http://registry:4000/', bearer }));
      },
      async away() {
        isAway = true;
      },
      async back() {
        isAway = false;
      },
      close: async () => registry.close(),
    };
  },
});

for (const { name, run } of registryConformance('in process', inProcess(inMemory))) test(name, run);
for (const { name, run } of registryConformance('over HTTP', overPages())) test(name, run);

const PLANTED: Readonly<Record<string, Wrap>> = {
  'a registry that never forgets anybody': (it) => ({ ...it, deregister: async () => {} }),
  'a registry that says it knows everybody': (it) => ({ ...it, renew: async () => true }),
  'a registry whose waits hear nothing': (it) => ({
    ...it,
    look: (service, { waitMs: _, ...options } = {}) => it.look(service, options),
  }),
  'a registry that loses what an instance says of itself': (it) => ({
    ...it,
    register: (given, leaseMs) => it.register({ ...given, version: '', zone: '' }, leaseMs),
  }),
  'a registry that answers an outage with nobody': (it) => ({
    ...it,
    look: (service, options) =>
      it.look(service, options).catch(() => ({ revision: 'gone', instances: [] })),
  }),
  'a registry that keeps who registers again twice': (it) => {
    let count = 0;
    return {
      ...it,
      register: (given, leaseMs) => {
        count += 1;
        return it.register({ ...given, id: `${given.id}-${count}` }, leaseMs);
      },
    };
  },
};

for (const [defect, wrap] of Object.entries(PLANTED))
  test(`the suite finds ${defect}`, async () => {
    assert.notEqual((await failures(registryConformance('planted', overPages(wrap)))).length, 0);
  });

const spec = (id: string) => instance({ id, service: 'orders', url: `http://10.0.0.1/${id}` });

test('a thousand who register and leave cost no timer and no memory', async () => {
  const runtime = manualRuntime();
  const registry = embeddedRegistry({ runtime });
  for (let n = 0; n < 1_000; n += 1)
    await registry.deregister(await registry.register(spec(`i${n}`), 30_000));
  await runtime.advance(100);
  assert.equal(registry.size, 0);
  assert.deepEqual(registry.services(), []);
  assert.ok(runtime.timers <= 1, `${runtime.timers} timers`);
  await runtime.advance(31_000);
  assert.equal(runtime.timers, 0);
});

test('a registry that stood still counts that time for nobody', async () => {
  const runtime = manualRuntime();
  let still = 0;
  const stalled: Runtime = { ...runtime, monotonic: () => runtime.monotonic() + still };
  const registry = embeddedRegistry({ runtime: stalled });
  const beating = await registry.register(spec('beats'), 30_000);
  await registry.register(spec('dead'), 30_000);
  await runtime.advance(20_000);
  await registry.renew(beating);
  await runtime.advance(9_000);
  still = 60_000; // its process was stopped; the beats of a minute wait in its sockets
  await runtime.advance(1_000);
  assert.equal(registry.size, 2);
  assert.equal(await registry.renew(beating), true);
  await runtime.advance(2_000);
  assert.deepEqual(
    registry.list('orders').instances.map(({ id }) => id),
    ['beats'],
  );
});

test('a registry with a file starts with everybody, and gives each a whole lease to be heard', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-registry-'));
  const path = join(folder, 'registry.db');
  try {
    const runtime = manualRuntime();
    const before = embeddedRegistry({ runtime, path });
    const held = await before.register(spec('beats'), 30_000);
    await before.register(spec('dead'), 30_000);
    await before.deregister(await before.register(spec('left'), 30_000));
    const { revision: after } = before.list('orders');
    before.close();
    await runtime.advance(300_000);
    const registry = embeddedRegistry({ runtime, path });
    assert.deepEqual(
      registry.list('orders').instances.map(({ id }) => id),
      ['beats', 'dead'],
    );
    const resumed = await registry.look('orders', { after, waitMs: 1_000 });
    assert.equal(resumed?.instances.length, 2, 'a revision of another life is another list');
    await runtime.advance(29_000);
    assert.equal(await registry.renew(held), true);
    await runtime.advance(2_000);
    assert.deepEqual(
      registry.list('orders').instances.map(({ id }) => id),
      ['beats'],
    );
    registry.close();
    registry.close(); // again is no mistake
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('it refuses what is over its limits', async () => {
  const runtime = manualRuntime();
  const registry = embeddedRegistry({ runtime, instancesMax: 1, watchersMax: 1 });
  await registry.register(spec('a'), 1);
  await registry.register(spec('a'), 30_000);
  await assert.rejects(registry.register(spec('b'), 30_000), { code: 'OVERLOADED' });
  const { revision: after } = registry.list('orders');
  const first = registry.look('orders', { after, waitMs: 1_000 });
  await assert.rejects(registry.look('orders', { after, waitMs: 1_000 }), { code: 'OVERLOADED' });
  await runtime.advance(1_000);
  assert.equal(await first, undefined);
});

test('pages refuse who has not the word, and say what is wrong with a registration', async () => {
  const runtime = manualRuntime();
  const registry = embeddedRegistry({ runtime });
  const pages = registryPages({ registry, runtime, bearer: 'word' });
  const ask = async (method: string, target: string, body = '', word = 'word') => {
    const headers = { authorization: `Bearer ${word}` };
    const { signal } = new AbortController();
    const bytes = Buffer.from(body);
    const reply = await pages({ method, target, headers, body: bytes, remoteAddress: '', signal });
    return [reply.status, reply.body && JSON.parse(String(reply.body)).code];
  };
  assert.deepEqual(await ask('GET', '/v1/services', '', 'guess'), [401, 'UNAUTHENTICATED']);
  assert.deepEqual(await ask('GET', '/v1/services'), [200, undefined]);
  assert.deepEqual(await ask('GET', '/v2'), [404, 'ROUTE_NOT_FOUND']);
  assert.deepEqual(await ask('POST', '/v1/services/orders'), [405, 'METHOD_NOT_ALLOWED']);
  const page = '/v1/services/orders/instances/a';
  assert.deepEqual(await ask('PUT', page, '{'), [400, 'MALFORMED_BODY']);
  assert.deepEqual(await ask('PUT', page, '{"leaseMs":1}'), [422, 'VALIDATION_FAILED']);
  const bad = JSON.stringify({ url: 'ftp://x', leaseMs: 30_000 });
  assert.deepEqual(await ask('PUT', page, bad), [422, 'VALIDATION_FAILED']);
  assert.deepEqual(await ask('POST', `${page}/renewal`), [404, 'INSTANCE_NOT_FOUND']);
  assert.deepEqual(await ask('GET', '/v1/services/orders?waitMs=soon'), [422, 'VALIDATION_FAILED']);
});
