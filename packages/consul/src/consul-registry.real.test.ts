// Does the registry in Consul keep the promises of discovery on a real agent?
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { instance } from 'offshoot/discovery';
import { nodeRuntime } from 'offshoot/runtime/node';
import { cutOff, type RegistryUnderTest, registryConformance } from 'offshoot/testing';
import { consulRegistry } from './consul-registry.ts';

const CONSUL_URL = process.env.CONSUL_URL ?? '';
const runtime = nodeRuntime();

/** Takes the services that begin so off the agent. */
async function forgetAll(prefix: string): Promise<void> {
  const ask = (method: string, path: string) =>
    runtime.request({ method, url: `${CONSUL_URL}/v1/agent/${path}`, timeoutMs: 5_000 });
  const services: Record<string, { Service: string }> = JSON.parse(
    (await ask('GET', 'services')).body,
  );
  for (const [id, { Service }] of Object.entries(services))
    if (Service.startsWith(prefix))
      await ask('PUT', `service/deregister/${encodeURIComponent(id)}`);
}

const subject: RegistryUnderTest = {
  features: {
    ...{ hasLeases: true, leaseMs: 2_000, expiryMsMax: 10_000, changeMsMax: 3_000 },
    ...{ carries: ['version', 'zone', 'weight', 'tags', 'health'], tellsHoldings: [] },
    ...{ lateBeat: 'revives it', canBeAway: true, canForget: true },
  },
  async open() {
    const prefix = `t${runtime.id().replaceAll('-', '').slice(8)}-`;
    const wire = await cutOff(CONSUL_URL);
    return {
      ...{ prefix, runtime, pass: (ms) => runtime.sleep(ms) },
      connect: (off = 0) =>
        consulRegistry({
          runtime: { ...runtime, now: () => runtime.now() + off },
          url: wire.url,
        }),
      forget: () => forgetAll(prefix),
      away: wire.cut,
      back: wire.mend,
      async close() {
        await forgetAll(prefix);
        await wire.close();
      },
    };
  },
};

for (const { name, run } of registryConformance('consul', subject)) test(name, run);

test('with a check of the agent an instance is listed while it answers', async (t) => {
  let status = 200;
  const server = createServer((_, response) => void response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const check = { path: '/health', intervalMs: 200, timeoutMs: 1_000 };
  const registry = consulRegistry({ runtime, url: CONSUL_URL, check });
  const service = `t${runtime.id().replaceAll('-', '').slice(8)}`;
  const url = `http://127.0.0.1:${port}`;
  const held = await registry.register(instance({ id: service, service, url }), 30_000);
  t.after(() => registry.deregister(held));
  assert.equal(await registry.renew(held), true);
  const { revision: after } = (await registry.look(service))!;
  status = 503;
  const failing = await registry.look(service, { after, waitMs: 10_000 });
  assert.deepEqual(failing?.instances, []);
  status = 200;
  const well = await registry.look(service, { after: failing?.revision, waitMs: 10_000 });
  assert.equal(well?.instances.length, 1);
});
