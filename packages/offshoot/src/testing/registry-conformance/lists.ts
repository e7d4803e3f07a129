// Does a list have each instance once, as it says it is?
import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { RegistryUnderTest } from '../registry-under-test.ts';
import { type Scene, scene } from './scene.ts';

/** Enough for more than one page of anything. */
const MANY = 120;

export const listChecks = (subject: RegistryUnderTest): Check[] => {
  const { hasLeases, leaseMs, carries } = subject.features;
  const check = (name: string, body: (it: Scene) => Promise<void>): Check => ({
    name,
    run: scene(subject, body),
  });
  return [
    check('a service that nobody registered has an empty list with a revision', async (it) => {
      const listing = await it.registry.look(it.service);
      assert.deepEqual(listing?.instances, []);
      assert.notEqual(listing?.revision, '');
    }),
    check('who registered is on the list, with all it said of itself', async (it) => {
      const said = it.one('a', {
        ...{ version: '1.4.2', zone: 'eu-1', weight: 3, tags: ['blue', 'canary'] },
        health: 'draining',
      });
      await it.registry.register(said, leaseMs);
      const [found] = (await it.registry.look(it.service))?.instances ?? [];
      for (const field of ['id', 'service', 'url', ...carries] as const)
        assert.deepEqual(found?.[field], said[field], field);
    }),
    check('another client sees the same list', async (it) => {
      await it.registry.register(it.one('a'), leaseMs);
      const second = it.connect();
      assert.deepEqual(await it.ids(second), ['a']);
      second.close();
    }),
    check('the list is in the order of ids, and services do not mix', async (it) => {
      await it.registry.register(it.one('b'), leaseMs);
      await it.registry.register(it.one('a'), leaseMs);
      await it.registry.register({ ...it.one('c'), service: it.other }, leaseMs);
      await it.registry.register({ ...it.one('d'), service: `${it.service}-next` }, leaseMs);
      assert.deepEqual(await it.ids(), ['a', 'b']);
    }),
    check(
      'one id in two services is two instances: each beats and leaves for itself',
      async (it) => {
        const here = await it.registry.register(it.one('a'), leaseMs);
        const there = await it.registry.register({ ...it.one('a'), service: it.other }, leaseMs);
        const others = async () =>
          ((await it.registry.look(it.other))?.instances ?? []).map(({ id }) => id);
        assert.deepEqual([await it.ids(), await others()], [['a'], ['a']]);
        if (hasLeases) assert.equal(await it.registry.renew(here), true);
        await it.registry.deregister(there);
        assert.deepEqual([await it.ids(), await others()], [['a'], []]);
      },
    ),
    check('registering the same id again replaces it: one entry', async (it) => {
      await it.registry.register(it.one('a'), leaseMs);
      await it.registry.register(it.one('a', { url: 'http://10.0.0.2/a' }), leaseMs);
      const instances = (await it.registry.look(it.service))?.instances ?? [];
      assert.deepEqual(
        instances.map(({ id, url }) => [id, url]),
        [['a', 'http://10.0.0.2/a']],
      );
    }),
    check('who leaves is off the list at once; leaving twice is no mistake', async (it) => {
      const gone = await it.registry.register(it.one('a'), leaseMs);
      await it.registry.register(it.one('b'), leaseMs);
      await it.registry.deregister(gone);
      assert.deepEqual(await it.ids(), ['b']);
      await it.registry.deregister(gone);
      assert.deepEqual(await it.ids(), ['b']);
    }),
    check(
      `${MANY} instances of one service are all listed, and all gone when they left`,
      async (it) => {
        const names = Array.from({ length: MANY }, (_, n) => `i${String(n).padStart(3, '0')}`);
        const there = await Promise.all(
          names.map((id) => it.registry.register(it.one(id), 60_000)),
        );
        assert.deepEqual(await it.ids(), names);
        await Promise.all(there.map((one) => it.registry.deregister(one)));
        assert.deepEqual(await it.ids(), []);
      },
    ),
    ...subject.features.tellsHoldings.map((way) =>
      check(`whoever was replaced does nothing to who replaced it by ${way}`, async (it) => {
        const before = await it.registry.register(it.one('a'), leaseMs);
        await it.registry.register(it.one('a', { url: 'http://10.0.0.2/a' }), leaseMs);
        if (way === 'renewing') assert.equal(await it.registry.renew(before), false);
        else await it.registry.deregister(before);
        assert.deepEqual(await it.ids(), ['a']);
      }),
    ),
  ];
};
