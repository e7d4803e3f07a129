// Does the registry in etcd keep the promises of discovery on a real server?
import { test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { cutOff, type RegistryUnderTest, registryConformance } from 'offshoot/testing';
import { etcdRegistry } from './etcd-registry.ts';

const ETCD_URL = process.env.ETCD_URL ?? '';
const runtime = nodeRuntime();

/** What etcd says to one request of its gateway. */
async function etcd(path: string, body: unknown): Promise<any> {
  const request = { method: 'POST', url: `${ETCD_URL}/v3/${path}`, timeoutMs: 5_000 };
  return JSON.parse((await runtime.request({ ...request, body: JSON.stringify(body) })).body);
}

/** Ends the leases of all keys that begin so. */
async function revokeAll(prefix: string): Promise<void> {
  const [key, range_end] = ['/', '0'].map((end) => Buffer.from(prefix + end).toString('base64'));
  const { kvs = [] } = await etcd('kv/range', { key, range_end });
  for (const { lease } of kvs) await etcd('lease/revoke', { ID: lease });
}

const subject: RegistryUnderTest = {
  features: {
    ...{ hasLeases: true, leaseMs: 2_000, expiryMsMax: 8_000, changeMsMax: 2_000 },
    ...{ carries: ['version', 'zone', 'weight', 'tags', 'health'], tellsHoldings: ['leaving'] },
    ...{ lateBeat: 'is told', canBeAway: true, canForget: true },
  },
  async open() {
    const prefix = `/t/${runtime.id()}`;
    const wire = await cutOff(ETCD_URL);
    return {
      ...{ prefix: '', runtime, pass: (ms) => runtime.sleep(ms) },
      connect: (off = 0) =>
        etcdRegistry({
          runtime: { ...runtime, now: () => runtime.now() + off },
          ...{ url: wire.url, prefix },
        }),
      forget: () => revokeAll(prefix),
      away: wire.cut,
      back: wire.mend,
      async close() {
        await revokeAll(prefix);
        await wire.close();
      },
    };
  },
};

for (const { name, run } of registryConformance('etcd', subject)) test(name, run);
