// What does a host pay that is alone, and what does one do whose stores are another's?
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Runtime } from '../runtime/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { type Collection, every, leases, type Store } from '../store/index.ts';
import { REMOTE_COLLECTIONS } from '../store/remote/index.ts';
import { bakeryTopology } from './fixtures/bakery.ts';
import { host, type RunningHost } from './host.ts';
import { type Topology, topology } from './topology.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-shared-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Hosts end in the order in which they were started: the one with the files first. */
async function start(
  t: TestContext,
  data: string,
  of: Topology,
  name: string,
): Promise<RunningHost> {
  const environment = { OFFSHOOT_DATA: data, LOG_LEVEL: 'warn' };
  const running = await host({ topology: of, name, environment });
  t.after(() => running.drain());
  return running;
}

/** The bakery, and the stores of the hosts that were started with it. */
function watched(alone = false) {
  const stores: ReadonlyMap<string, Store>[] = [];
  const { services: _, ...spec } = bakeryTopology();
  const [first] = spec.hosts;
  const made = topology({
    ...spec,
    ...(alone ? { hosts: [first] } : {}),
    seed: async (inside) => void stores.push(inside.stores),
  });
  return { made, stores };
}

const all = async (store: Store, of: Collection<any>) =>
  (await store.load(every(of, { limit: 1_000 }))).map(({ id }) => id);

test('a host alone serves its stores to nobody, and takes no leases', async (t) => {
  const data = folderFor(t);
  const { made, stores } = watched(true);
  await start(t, data, made, 'first');
  assert.ok(!readdirSync(data).includes('stores-first.json'));
  const counter = stores[0]!.get('counter')!;
  const held = await all(counter, leases);
  assert.deepEqual(
    held.filter((id) => id.startsWith('offshoot.sagas')),
    [],
  );
  const [clients] = REMOTE_COLLECTIONS;
  await assert.rejects(async () => all(counter, clients), { code: 'INTERNAL_ERROR' });
});

test('a host on the stores of another does not seed, copies nothing, and hands its share over when it ends', async (t) => {
  const data = folderFor(t);
  const { made, stores } = watched();
  await start(t, data, made, 'first');
  const second = await start(t, data, made, 'second');
  assert.equal(stores.length, 1, 'the one with the files has seeded');
  const counter = stores[0]!.get('counter')!;
  const member = 'offshoot.sagas/purchase/1/member/second';
  assert.ok((await all(counter, leases)).includes(member));
  await second.drain();
  const lease = (await counter.load(every(leases, { limit: 1_000 }))).find(
    ({ id }) => id === member,
  );
  assert.ok(lease!.data.until <= Date.now(), 'given back, not left to end');
  assert.ok(!readdirSync(data).includes('replica-second.json'));
});

test('a host whose stores nobody serves does not start, and says which', async (t) => {
  let ms = 0;
  const monotonic = () => {
    ms += 100;
    return ms;
  };
  const hurried: Runtime = { ...nodeRuntime(), monotonic, sleep: async () => {} };
  const starting = host({
    ...{ topology: bakeryTopology(), name: 'second', runtime: hurried },
    environment: { OFFSHOOT_DATA: folderFor(t) },
  });
  const message = /the store of oven was not opened/;
  await assert.rejects(starting, { code: 'UNAVAILABLE', message });
});
