// Does the registry in Eureka keep the promises of discovery on Spring's real server?
import { test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { cutOff, type RegistryUnderTest, registryConformance } from 'offshoot/testing';
import { eurekaRegistry } from './eureka-registry.ts';

const EUREKA_URL = process.env.EUREKA_URL ?? '';
const runtime = nodeRuntime();

/** Takes away the instances of all services that begin so. */
async function forgetAll(prefix: string): Promise<void> {
  const ask = (method: string, path: string) =>
    runtime.request({
      ...{ method, url: `${EUREKA_URL}/apps${path}`, timeoutMs: 15_000 },
      headers: { accept: 'application/json' },
    });
  const { applications } = JSON.parse((await ask('GET', '')).body);
  for (const { name, instance } of [applications.application ?? []].flat())
    if (name.startsWith(prefix.toUpperCase()))
      for (const { instanceId } of [instance].flat()) await ask('DELETE', `/${name}/${instanceId}`);
}

const subject: RegistryUnderTest = {
  features: {
    ...{ hasLeases: true, leaseMs: 2_000, expiryMsMax: 15_000, changeMsMax: 3_000 },
    ...{ carries: ['version', 'zone', 'weight', 'tags', 'health'], tellsHoldings: [] },
    ...{ lateBeat: 'is told', canBeAway: true, canForget: true },
  },
  async open() {
    const prefix = `t${runtime.id().replaceAll('-', '').slice(8)}-`;
    const wire = await cutOff(EUREKA_URL);
    const { pathname } = new URL(EUREKA_URL);
    return {
      ...{ prefix, runtime, pass: (ms) => runtime.sleep(ms) },
      connect: (off = 0) =>
        eurekaRegistry({
          runtime: { ...runtime, now: () => runtime.now() + off },
          ...{ url: wire.url + pathname, pollMs: 200, timeoutMs: 15_000 },
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

for (const { name, run } of registryConformance('eureka', subject)) test(name, run);
