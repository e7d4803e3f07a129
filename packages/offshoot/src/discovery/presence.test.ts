// Does a process stay listed through trouble, with one timer, and leave nothing behind?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { directory, embeddedRegistry, presence, type Registry } from './index.ts';

const spec = { id: 'a', service: 'orders', url: 'http://10.0.0.7:3001' };

/** A registry that can be taken away, and a count of what it was asked. */
function scene() {
  const runtime = manualRuntime();
  const whole = embeddedRegistry({ runtime });
  const asked: string[] = [];
  let isAway = false;
  const ask =
    <A extends unknown[], R>(name: string, of: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      asked.push(name);
      if (isAway) throw new OffshootError('UNAVAILABLE', 'the registry is away');
      return of(...args);
    };
  const registry: Registry = {
    ...whole,
    register: ask('register', whole.register),
    renew: ask('renew', whole.renew),
    deregister: ask('deregister', whole.deregister),
  };
  const set = (away: boolean) => {
    isAway = away;
  };
  return { runtime, whole, registry, asked, set };
}

test('it beats every ten seconds and leaves no timer behind', async () => {
  const { runtime, registry, asked, whole } = scene();
  const here = presence({ registry, runtime, instance: spec });
  assert.equal(await here.listed(1_000), true);
  await runtime.advance(60_000);
  assert.equal(asked.filter((one) => one === 'renew').length, 6);
  await here.leave();
  assert.equal(whole.size, 0);
  await runtime.advance(60_000);
  assert.equal(runtime.timers, 0);
  assert.equal(asked.at(-1), 'deregister');
});

test('it waits for a registry that is not there yet, ever more seldom, and then joins', async () => {
  const { runtime, registry, asked, set } = scene();
  set(true);
  const states: string[] = [];
  const here = presence({
    registry,
    runtime,
    instance: spec,
    onState: (state) => states.push(state),
  });
  const soon = here.listed(1_000);
  await runtime.advance(60_000);
  assert.equal(await soon, false);
  assert.ok(asked.length >= 12 && asked.length < 40, `${asked.length} tries in a minute`);
  set(false);
  await runtime.advance(5_000);
  assert.equal(here.state, 'listed');
  assert.deepEqual(states, ['away', 'listed']);
});

test('told of several changes at once it ends with the last, registered one at a time', async () => {
  const { runtime, registry, whole } = scene();
  const here = presence({ registry, runtime, instance: spec });
  await Promise.all([
    here.update({ zone: 'a' }),
    here.update({ zone: 'b' }),
    here.update({ weight: 5 }),
  ]);
  await runtime.settle();
  const [listed] = whole.list('orders').instances;
  assert.deepEqual([listed?.zone, listed?.weight], ['b', 5]);
  await runtime.advance(120_000);
  assert.equal(whole.size, 1, 'its beats are those of the newest registration');
});

test('one that leaves while it registers is not listed after it', async () => {
  const { runtime, registry, whole } = scene();
  const here = presence({ registry, runtime, instance: spec });
  await here.leave();
  await runtime.advance(1_000);
  assert.equal(whole.size, 0);
  assert.equal(here.state, 'left');
});

test('leaving does not wait for a registry that does not answer', async () => {
  const { runtime, whole } = scene();
  const registry = { ...whole, deregister: () => new Promise<void>(() => {}) };
  const here = presence({ registry, runtime, instance: spec });
  await here.listed(1_000);
  const left = here.leave(500);
  await runtime.advance(500);
  await left;
});

test('whoever is missing after an outage is kept for a lease, then gone', async () => {
  const runtime = manualRuntime();
  let registry = embeddedRegistry({ runtime });
  let isAway = false;
  const look: Registry['look'] = async (service, options) => {
    if (isAway) throw new OffshootError('UNAVAILABLE', 'the registry is away');
    const listing = await registry.look(service, options);
    if (isAway) throw new OffshootError('UNAVAILABLE', 'the registry is away');
    return listing;
  };
  const known = directory({ registry: { ...registry, look }, runtime, waitMs: 1_000 });
  const view = known.of('orders');
  for (const id of ['back', 'dead']) await registry.register({ ...here(id) }, 30_000);
  await runtime.advance(100);
  isAway = true;
  await runtime.advance(5_000);
  assert.ok(view.isStale && view.instances.length === 2);
  registry = embeddedRegistry({ runtime }); // it came back without its memory
  isAway = false;
  await runtime.advance(6_000);
  assert.equal(view.isStale, false);
  assert.deepEqual(
    view.instances.map(({ id }) => id),
    ['back', 'dead'],
    'an empty list is not believed',
  );
  await registry.register(here('back'), 600_000);
  await runtime.advance(10_000);
  assert.equal(view.instances.length, 2);
  await runtime.advance(20_000);
  assert.deepEqual(
    view.instances.map(({ id }) => id),
    ['back'],
  );
  known.close();
});

const here = (id: string) => ({
  ...{ id, service: 'orders', url: `http://10.0.0.7/${id}`, version: '', zone: '', weight: 1 },
  ...{ tags: [], health: 'up' as const },
});

test('a directory watches each service once, and not more services than it may', async () => {
  const { runtime, registry } = scene();
  const known = directory({ registry, runtime, servicesMax: 1 });
  assert.equal(known.of('orders'), known.of('orders'));
  assert.throws(() => known.of('users'), { code: 'OVERLOADED' });
  assert.throws(() => known.of('No Service'), { code: 'BAD_DEFINITION' });
  known.close();
  await runtime.settle();
  assert.equal(runtime.timers, 0);
});

test('after an outage a list that did not change is fresh at once, not after a whole wait', async () => {
  const { runtime, whole } = scene();
  let isAway = false;
  const look: Registry['look'] = async (service, options) => {
    const listing = isAway ? undefined : await whole.look(service, options);
    if (isAway) throw new OffshootError('UNAVAILABLE', 'the registry is away');
    return listing;
  };
  const known = directory({ registry: { ...whole, look }, runtime, waitMs: 10_000 });
  const view = known.of('orders');
  await runtime.advance(100);
  isAway = true;
  await runtime.advance(11_000);
  assert.equal(view.isStale, true);
  isAway = false;
  await runtime.advance(5_100);
  assert.equal(view.isStale, false);
  known.close();
});
