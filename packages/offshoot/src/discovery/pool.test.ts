// Do the pieces of a choice hold together: who is there, able, near, warm, and not yet tried?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { type ManualRuntime, manualRuntime } from '../testing/index.ts';
import {
  failover,
  type Instance,
  type InstanceSpec,
  instance,
  type PoolOptions,
  pool,
  roundRobin,
} from './index.ts';

const spec = (id: string, more: Partial<InstanceSpec> = {}): Instance =>
  instance({ id, service: 'orders', url: `http://10.0.0.1/${id}`, ...more });

/** A list that the test changes. */
function listed(...first: Instance[]) {
  const listeners = new Set<() => void>();
  let instances: readonly Instance[] = first;
  return {
    service: 'orders',
    get instances() {
      return instances;
    },
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    is(...next: Instance[]) {
      instances = next;
      for (const listener of listeners) listener();
    },
    listeners,
  };
}

function scene(instances: Instance[], options: Partial<PoolOptions> = {}) {
  const runtime = options.runtime ?? manualRuntime();
  const view = listed(...instances);
  const orders = pool({ view, runtime, balancer: roundRobin(), slowStartMs: 0, ...options });
  const ids = (calls: number, key?: string) =>
    Array.from({ length: calls }, () => orders.choose({ key }).instance.id);
  const call = (outcome: 'ok' | 'failed', id?: string) => {
    const but = new Set(view.instances.map((one) => one.id).filter((one) => id && one !== id));
    orders.choose({ but }).begin()(outcome);
  };
  return { runtime: runtime as ManualRuntime, view, orders, ids, call };
}

test('nobody is there, or nobody is up: NO_HEALTHY_INSTANCE, which names the service', () => {
  const none = { code: 'NO_HEALTHY_INSTANCE', message: /no instance of orders is up/ };
  const { view, orders } = scene([]);
  assert.throws(() => orders.choose(), none);
  view.is(
    spec('a', { health: 'draining' }),
    spec('b', { health: 'down' }),
    spec('c', { weight: 0 }),
  );
  assert.throws(() => orders.choose(), none);
  view.is(spec('a'));
  assert.equal(orders.choose().instance.id, 'a');
});

test('calls are spread over all that are up, and follow the list', () => {
  const { view, ids } = scene([spec('a'), spec('b'), spec('c')]);
  assert.deepEqual(ids(6).sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
  view.is(spec('a'), spec('b', { health: 'draining' }), spec('d', { weight: 3 }));
  assert.deepEqual(ids(8).sort(), ['a', 'a', 'd', 'd', 'd', 'd', 'd', 'd']);
});

test('instances are chosen by version or tag', () => {
  const all = [spec('a', { version: '1.0.0' }), spec('b', { version: '2.0.0', tags: ['canary'] })];
  assert.deepEqual(scene(all, { where: ({ version }) => version === '2.0.0' }).ids(2), ['b', 'b']);
  assert.deepEqual(scene(all, { where: ({ tags }) => !tags.includes('canary') }).ids(2), [
    'a',
    'a',
  ]);
});

test('one that keeps failing is ejected, and comes back by time', async () => {
  const out: string[] = [];
  const { runtime, ids, call, orders } = scene([spec('a'), spec('b'), spec('c')], {
    onEject: ({ id }) => out.push(id),
  });
  for (let n = 0; n < 5; n += 1) call('failed', 'b');
  assert.deepEqual(out, ['b']);
  assert.deepEqual([...new Set(ids(20))].sort(), ['a', 'c']);
  assert.equal(orders.report.find(({ instance: { id } }) => id === 'b')?.state, 'ejected');
  await runtime.advance(30_000);
  assert.deepEqual([...new Set(ids(20))].sort(), ['a', 'b', 'c']);
});

test('one that was replaced under its id begins anew', () => {
  const { view, ids, call } = scene([spec('a'), spec('b')]);
  for (let n = 0; n < 5; n += 1) call('failed', 'b');
  assert.deepEqual([...new Set(ids(4))], ['a']);
  view.is(spec('a'), spec('b', { url: 'http://10.0.0.2/b' }));
  assert.deepEqual([...new Set(ids(4))].sort(), ['a', 'b']);
});

test('when half fail by our own judgement the judgement is not believed; their own word is', () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((id) => spec(id));
  const { ids, call, view } = scene(all, { ejection: { shareMax: 1, failuresMax: 1 } });
  call('failed', 'a');
  call('failed', 'b');
  assert.deepEqual([...new Set(ids(20))].sort(), ['c', 'd', 'e']);
  call('failed', 'c');
  assert.deepEqual([...new Set(ids(20))].sort(), ['a', 'b', 'c', 'd', 'e'], 'panic: two of five');
  view.is(...all.map((one) => (one.id === 'a' ? { ...one, health: 'down' as const } : one)));
  assert.ok(!ids(20).includes('a'));
});

test('active checks take one out after two bad answers, and in again after two good ones', async () => {
  const base = manualRuntime();
  const bad = new Set<string>();
  const asked: string[] = [];
  const runtime: ManualRuntime = {
    ...base,
    request: async ({ url }) => {
      asked.push(url);
      const isBad = [...bad].some((id) => url.startsWith(`http://10.0.0.1/${id}/`));
      return { status: isBad ? 503 : 200, headers: {}, body: '' };
    },
  };
  const { ids, orders } = scene([spec('a'), spec('b'), spec('c')], { runtime, checks: {} });
  await base.advance(25_000);
  assert.ok(asked.includes('http://10.0.0.1/a/readyz'));
  bad.add('b');
  await base.advance(11_000);
  assert.ok(ids(9).includes('b'), 'one bad answer is none');
  await base.advance(11_000);
  assert.deepEqual([...new Set(ids(9))].sort(), ['a', 'c']);
  assert.equal(orders.report[1]?.state, 'failing');
  bad.clear();
  await base.advance(22_000);
  assert.deepEqual([...new Set(ids(9))].sort(), ['a', 'b', 'c']);
  orders.close();
  await base.settle();
  assert.equal(base.timers, 0);
});

test('a newcomer takes its share by and by; the first list is nobody new', async () => {
  const { runtime, view, ids } = scene([spec('a'), spec('b')], { slowStartMs: 10_000 });
  const share = (id: string) => ids(1_000).filter((one) => one === id).length / 1_000;
  assert.ok(Math.abs(share('a') - 1 / 2) < 0.01);
  view.is(spec('a'), spec('b'), spec('c'));
  assert.ok(Math.abs(share('c') - 0.1 / 2.1) < 0.01, 'a tenth of a weight at first');
  await runtime.advance(5_000);
  assert.ok(Math.abs(share('c') - 0.5 / 2.5) < 0.01, 'half of it at half time');
  await runtime.advance(5_000);
  assert.ok(Math.abs(share('c') - 1 / 3) < 0.01);
});

test('one that comes back from ejection warms up again', async () => {
  const { runtime, ids, call } = scene([spec('a'), spec('b')], { slowStartMs: 10_000 });
  for (let n = 0; n < 5; n += 1) call('failed', 'b');
  ids(1);
  await runtime.advance(30_000);
  const share = ids(1_000).filter((one) => one === 'b').length / 1_000;
  assert.ok(Math.abs(share - 0.1 / 1.1) < 0.02, `${share}`);
});

test('calls stay in their zone while it is able, and leave it in proportion when it is not', () => {
  const near = ['n1', 'n2', 'n3', 'n4'].map((id) => spec(id, { zone: 'eu' }));
  const far = ['f1', 'f2', 'f3', 'f4'].map((id) => spec(id, { zone: 'us' }));
  const options = { zone: { zone: 'eu' }, ejection: { shareMax: 0.5, failuresMax: 1 } };
  const { ids, call } = scene([...near, ...far], options);
  const stay = () => ids(2_000).filter((id) => id.startsWith('n')).length / 2_000;
  assert.equal(stay(), 1);
  call('failed', 'n1');
  assert.equal(stay(), 1, 'three of four are enough');
  call('failed', 'n2');
  assert.ok(Math.abs(stay() - 0.7) < 0.04, '1.4 times a half');
  const elsewhere = scene(far, options);
  assert.equal(elsewhere.ids(4).length, 4, 'a zone with nobody sends all away');
});

const refused = () =>
  new OffshootError('UNAVAILABLE', 'connection refused', { details: { sent: false } });

test('where nothing was sent the next instance is tried; where something was, never', async () => {
  const { orders } = scene([spec('a'), spec('b'), spec('c')]);
  const tried: string[] = [];
  const reply = await failover(orders, async ({ instance: { id } }) => {
    tried.push(id);
    if (tried.length < 3) throw refused();
    return `answer of ${id}`;
  });
  assert.equal(new Set(tried).size, 3, 'each once');
  assert.match(reply, /^answer of/);
  let attempts = 0;
  const lost = failover(orders, async () => {
    attempts += 1;
    throw new OffshootError('UNAVAILABLE', 'connection closed before the answer');
  });
  await assert.rejects(lost, { message: /before the answer/ });
  assert.equal(attempts, 1);
});

test('it ends with what the last one said: after three, or when there is no other', async () => {
  for (const [count, tries] of [
    [5, 3],
    [2, 2],
    [1, 1],
  ] as const) {
    const { orders } = scene(Array.from({ length: count }, (_, n) => spec(`i${n}`)));
    let attempts = 0;
    const call = failover(orders, async () => {
      attempts += 1;
      throw refused();
    });
    await assert.rejects(call, { code: 'UNAVAILABLE' });
    assert.equal(attempts, tries);
  }
});

test('one that drains has begun nothing: another is asked', async () => {
  const { orders } = scene([spec('a'), spec('b')]);
  let attempts = 0;
  const reply = await failover(orders, async () => {
    attempts += 1;
    if (attempts === 1) throw new OffshootError('DRAINING', 'shutting down');
    return 'answer';
  });
  assert.equal(reply, 'answer');
});

test('a dead instance costs a few first tries, and is then left alone', async () => {
  const { orders } = scene([spec('a'), spec('dead'), spec('c')]);
  let wasted = 0;
  for (let n = 0; n < 300; n += 1)
    await failover(orders, async ({ instance: { id } }) => {
      if (id !== 'dead') return;
      wasted += 1;
      throw refused();
    });
  assert.equal(wasted, 5);
});

test('closing a pool lets go of the list', () => {
  const { orders, view } = scene([spec('a')]);
  assert.equal(view.listeners.size, 1);
  orders.close();
  assert.equal(view.listeners.size, 0);
});
