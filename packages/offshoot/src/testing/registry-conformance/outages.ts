// What do clients know while the registry is away, and is everybody there again after it?
import assert from 'node:assert/strict';
import { directory, presence } from '../../discovery/index.ts';
import { isAvailability } from '../../error/index.ts';
import type { Check } from '../check.ts';
import type { RegistryUnderTest } from '../registry-under-test.ts';
import { type Scene, scene } from './scene.ts';

const RETRY_MS_MAX = 10_000;

export const outageChecks = (subject: RegistryUnderTest): Check[] => {
  const { hasLeases, leaseMs, expiryMsMax, changeMsMax, canBeAway, canForget } = subject.features;
  const check = (name: string, body: (it: Scene) => Promise<void>): Check => ({
    name,
    run: scene(subject, body),
  });
  /** Only where the registry can be made to. */
  const can = (isAble: boolean, checks: Check[]): Check[] => (isAble ? checks : []);
  const kept = (it: Scene) => directory({ ...it, waitMs: changeMsMax * 4, retryMsMax: 500 });

  return [
    ...can(canBeAway, [
      check('while it is away, questions are availability errors', async (it) => {
        await it.away!();
        const code = it.registry.look(it.service).then(
          () => 'answered',
          (error) => error.code,
        );
        assert.ok(isAvailability(await it.within(RETRY_MS_MAX, 'an answer', code)));
      }),
      check(
        'while it is away, the last known list stays, and says that it is stale',
        async (it) => {
          const known = kept(it);
          await it.registry.register(it.one('a'), 60_000);
          await it.registry.register(it.one('b'), 60_000);
          const view = known.of(it.service);
          await it.until(changeMsMax, 'a list', () => view.instances.length === 2);
          assert.equal(view.isStale, false);
          await it.away!();
          await it.until(RETRY_MS_MAX, 'it is stale', () => view.isStale);
          await it.pass(leaseMs);
          assert.deepEqual(
            view.instances.map(({ id }) => id),
            ['a', 'b'],
          );
          assert.ok(view.staleMs > 0 && view.trouble !== undefined);
          await it.back!();
          await it.until(RETRY_MS_MAX, 'it is fresh', () => !view.isStale);
          assert.deepEqual(
            view.instances.map(({ id }) => id),
            ['a', 'b'],
          );
          const joined = it.registry.register(it.one('c'), 60_000);
          await it.within(RETRY_MS_MAX, 'it takes registrations', joined);
          await it.until(changeMsMax, 'changes go on', () => view.instances.length === 3);
          known.close();
        },
      ),
      ...(hasLeases
        ? [
            check('who beats through an outage is listed after it', async (it) => {
              const here = presence({ ...it, instance: it.one('a'), leaseMs, beatMs: leaseMs / 3 });
              assert.equal(await it.within(5_000, 'it is listed', here.listed(4_000)), true);
              await it.away!();
              await it.until(RETRY_MS_MAX + leaseMs, 'it knows', () => here.state === 'away');
              await it.back!();
              await it.until(RETRY_MS_MAX + leaseMs, 'it is back', () => here.state === 'listed');
              await it.pass(expiryMsMax / 4);
              assert.deepEqual(await it.ids(), ['a']);
              await it.within(5_000, 'it leaves', here.leave());
            }),
          ]
        : []),
    ]),
    ...can(canForget, [
      ...(hasLeases
        ? [
            check('who was forgotten registers again by itself', async (it) => {
              const here = presence({ ...it, instance: it.one('a'), leaseMs, beatMs: leaseMs / 3 });
              assert.equal(await it.within(5_000, 'it is listed', here.listed(4_000)), true);
              await it.forget!();
              const isBack = async () => (await it.ids().catch((): string[] => [])).includes('a');
              await it.until(leaseMs + RETRY_MS_MAX, 'it is back', isBack);
              await it.within(5_000, 'it leaves', here.leave());
            }),
          ]
        : []),
    ]),
  ];
};
