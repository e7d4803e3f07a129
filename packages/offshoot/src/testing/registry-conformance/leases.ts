// Is who lives listed for as long as it lives, and who died not much longer?
import assert from 'node:assert/strict';
import { presence } from '../../discovery/index.ts';
import type { Check } from '../check.ts';
import type { RegistryUnderTest } from '../registry-under-test.ts';
import { type Scene, scene } from './scene.ts';

const A_DAY_MS = 86_400_000;

export const leaseChecks = (subject: RegistryUnderTest): Check[] => {
  const { hasLeases, leaseMs, expiryMsMax, lateBeat } = subject.features;
  if (!hasLeases) return [];
  const check = (name: string, body: (it: Scene) => Promise<void>): Check => ({
    name,
    run: scene(subject, body),
  });
  const gone = (it: Scene, id: string) =>
    it.until(expiryMsMax, `${id} is gone`, async () => !(await it.ids()).includes(id));

  return [
    check('who is not heard of for its lease is gone, and a wait hears of it', async (it) => {
      await it.registry.register(it.one('a'), leaseMs);
      const { revision: after } = (await it.registry.look(it.service))!;
      assert.deepEqual(await it.ids(), ['a']);
      const wait = it.registry.look(it.service, { after, waitMs: expiryMsMax });
      const listing = await it.within(expiryMsMax, 'the end is heard', wait);
      assert.deepEqual(listing?.instances, []);
    }),
    check('who beats stays, three leases long', async (it) => {
      const held = await it.registry.register(it.one('a'), leaseMs);
      for (let beats = 0; beats < 9; beats += 1) {
        await it.pass(held.leaseMs / 3);
        assert.equal(await it.registry.renew(held), true);
        assert.deepEqual(await it.ids(), ['a']);
      }
    }),
    check(`a beat after the lease has ended ${lateBeat}; then it is listed again`, async (it) => {
      const held = await it.registry.register(it.one('a'), leaseMs);
      await gone(it, 'a');
      if (lateBeat === 'is told') {
        await it.until(expiryMsMax, 'told', async () => !(await it.registry.renew(held)));
        await it.registry.register(it.one('a'), leaseMs);
      } else assert.equal(await it.registry.renew(held), true);
      await it.until(expiryMsMax, 'listed', async () => (await it.ids()).join() === 'a');
    }),
    check('one that left is told so', async (it) => {
      const held = await it.registry.register(it.one('a'), leaseMs);
      await it.registry.deregister(held);
      assert.equal(await it.registry.renew(held), false);
    }),
    check("no client's clock matters: a day ahead, a day behind", async (it) => {
      const clients = [it.connect(A_DAY_MS), it.connect(-A_DAY_MS)];
      const [ahead, behind] = await Promise.all(
        clients.map((client, n) => client.register(it.one(`c${n}`), leaseMs)),
      );
      assert.deepEqual(await it.ids(), ['c0', 'c1']);
      await it.pass(ahead!.leaseMs / 3);
      assert.equal(await clients[0]!.renew(ahead!), true);
      assert.equal(await clients[1]!.renew(behind!), true);
      assert.deepEqual(await it.ids(), ['c0', 'c1']);
      await it.until(expiryMsMax, 'both are gone', async () => (await it.ids()).length === 0);
      for (const client of clients) client.close();
    }),
    check('presence keeps an instance listed, and takes it off when it leaves', async (it) => {
      const here = presence({ ...it, instance: it.one('a'), leaseMs, beatMs: leaseMs / 3 });
      assert.equal(await it.within(5_000, 'it is listed', here.listed(4_000)), true);
      for (let n = 0; n < 4; n += 1) {
        await it.pass(leaseMs / 2);
        assert.deepEqual(await it.ids(), ['a']);
      }
      await it.within(5_000, 'it says so', here.update({ url: 'http://10.0.0.2/a' }));
      assert.equal((await it.registry.look(it.service))?.instances[0]?.url, 'http://10.0.0.2/a');
      await it.within(5_000, 'it leaves', here.leave());
      assert.deepEqual(await it.ids(), []);
    }),
  ];
};
