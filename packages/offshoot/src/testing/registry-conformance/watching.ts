// Does everybody who waits hear of each change, once it matters, and of nothing else?
import assert from 'node:assert/strict';
import { directory, type Registry } from '../../discovery/index.ts';
import type { Check } from '../check.ts';
import type { RegistryUnderTest } from '../registry-under-test.ts';
import { type Scene, scene } from './scene.ts';

const WATCHERS = 50;
const CHANGES = 30;

export const watchChecks = (subject: RegistryUnderTest): Check[] => {
  const { changeMsMax, carries } = subject.features;
  const leaseMs = 60_000; // nothing ends by itself here
  const waitMs = changeMsMax * 4;
  const check = (name: string, body: (it: Scene) => Promise<void>): Check => ({
    name,
    run: scene(subject, body),
  });
  const revision = async (it: Scene, registry: Registry = it.registry) =>
    (await registry.look(it.service))!.revision;
  /** A wait from now on, and the ids that it ends with. */
  const waiting = (it: Scene, after: string, registry = it.registry) =>
    registry
      .look(it.service, { after, waitMs })
      .then((listing) => listing?.instances.map(({ id }) => id));

  return [
    check('a wait for a change that does not come ends with nothing', async (it) => {
      await it.registry.register(it.one('a'), leaseMs);
      const after = await revision(it);
      const listing = it.registry.look(it.service, { after, waitMs: 300 });
      assert.equal(await it.within(waitMs, 'the wait ends', listing), undefined);
    }),
    check('who has an older list is answered at once', async (it) => {
      const after = await revision(it);
      await it.registry.register(it.one('a'), leaseMs);
      assert.deepEqual(await it.within(changeMsMax, 'the answer', waiting(it, after)), ['a']);
    }),
    check('a wait ends when somebody joins, and when it leaves', async (it) => {
      const joined = waiting(it, await revision(it));
      await it.pass(20);
      const one = await it.registry.register(it.one('a'), leaseMs);
      assert.deepEqual(await it.within(changeMsMax, 'joining is heard', joined), ['a']);
      const left = waiting(it, await revision(it));
      await it.pass(20);
      await it.registry.deregister(one);
      assert.deepEqual(await it.within(changeMsMax, 'leaving is heard', left), []);
    }),
    ...(carries.includes('health')
      ? [
          check('a wait ends when an instance says something else of itself', async (it) => {
            await it.registry.register(it.one('a'), leaseMs);
            const after = await revision(it);
            const heard = it.registry.look(it.service, { after, waitMs });
            await it.pass(20);
            await it.registry.register(it.one('a', { health: 'draining' }), leaseMs);
            const listing = await it.within(changeMsMax, 'it is heard', heard);
            assert.equal(listing?.instances[0]?.health, 'draining');
          }),
        ]
      : []),
    check(`${WATCHERS} watchers hear of it`, async (it) => {
      const registry = it.connect();
      const after = await revision(it);
      const all = Array.from({ length: WATCHERS }, () => waiting(it, after, registry));
      await it.pass(50);
      await it.registry.register(it.one('a'), leaseMs);
      const heard = await it.within(changeMsMax, 'all hear', Promise.all(all));
      for (const ids of heard) assert.deepEqual(ids, ['a']);
      registry.close();
    }),
    check('who follows while two clients change it ends where they end', async (it) => {
      const known = directory({ registry: it.connect(), runtime: it.runtime, waitMs });
      const view = known.of(it.service);
      await it.within(changeMsMax, 'a first list', view.known(changeMsMax));
      const clients = [it.registry, it.connect()];
      for (let n = 0; n < CHANGES; n += 1) {
        const registry = clients[n % 2]!;
        const held = await registry.register(it.one(`i${n % 7}`), leaseMs);
        if (n % 3 === 0) await registry.deregister(held);
        if (n % 5 === 0) await it.pass(10);
      }
      const last = await it.ids();
      assert.ok(last.length > 0);
      const seen = () => view.instances.map(({ id }) => id).join();
      await it.until(changeMsMax, 'the same list', () => seen() === last.join());
      known.close();
      clients[1]!.close();
    }),
    check('who was not there for many changes gets the newest list, once', async (it) => {
      const after = await revision(it);
      for (let n = 0; n < CHANGES; n += 1) {
        const held = await it.registry.register(it.one(`i${n}`), leaseMs);
        if (n > 0) await it.registry.deregister(held);
      }
      const listing = await it.within(
        changeMsMax,
        'the answer',
        it.registry.look(it.service, { after, waitMs }),
      );
      assert.deepEqual(
        listing?.instances.map(({ id }) => id),
        ['i0'],
      );
      const next = it.registry.look(it.service, { after: listing?.revision, waitMs: 300 });
      const then = await it.within(waitMs, 'the wait ends', next);
      assert.deepEqual(then?.instances ?? listing?.instances, listing?.instances);
    }),
    check('a signal ends a wait', async (it) => {
      const after = await revision(it);
      const enough = new AbortController();
      const listing = it.registry.look(it.service, { after, waitMs, signal: enough.signal });
      await it.pass(20);
      enough.abort();
      const ended = await it.within(changeMsMax / 2, 'the wait ends', listing);
      assert.equal(ended, undefined);
    }),
    check('closing ends a wait', async (it) => {
      const registry = it.connect();
      const after = await revision(it, registry);
      const wait = registry.look(it.service, { after, waitMs }).then(
        () => 'answered',
        ({ code }) => code,
      );
      await it.pass(20);
      registry.close();
      assert.equal(await it.within(changeMsMax / 2, 'the wait ends', wait), 'DRAINING');
    }),
  ];
};
