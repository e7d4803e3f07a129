// Is an instance said well, and is one that somebody else wrote down believed only then?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { instance, readInstance, staticRegistry } from './index.ts';

const spec = { id: 'orders-1', service: 'orders', url: 'http://10.0.0.7:3001/' };

test('an instance has defaults, and its address no slash at the end', () => {
  assert.deepEqual(instance({ ...spec, tags: ['b', 'a', 'b'] }), {
    ...{ id: 'orders-1', service: 'orders', url: 'http://10.0.0.7:3001', version: '', zone: '' },
    ...{ weight: 1, tags: ['a', 'b'], health: 'up' },
  });
});

test('an instance that is said badly is refused with what is wrong', () => {
  const bad: [object, RegExp][] = [
    [{ service: 'Orders' }, /no service name/],
    [{ id: 'a b' }, /give an id/],
    [{ url: 'ftp://10.0.0.7' }, /no address/],
    [{ url: 'http://me:secret@10.0.0.7' }, /no address/],
    [{ weight: -1 }, /no weight/],
    [{ weight: Number.NaN }, /no weight/],
    [{ tags: [''] }, /tags/],
    [{ zone: 'a\nb' }, /printable/],
    [{ health: 'fine' }, /'fine' is none of up,draining,down/],
  ];
  for (const [change, said] of bad)
    assert.throws(() => instance({ ...spec, ...change }), {
      code: 'BAD_DEFINITION',
      message: said,
    });
});

test('what is no instance is read as none', () => {
  assert.deepEqual(readInstance({ ...spec }), instance(spec));
  for (const not of [null, 1, {}, { ...spec, url: 1 }, { ...spec, tags: [1] }, { ...spec, id: '' }])
    assert.equal(readInstance(not), undefined);
});

test('a static registry lists what it was told, and its waits end', async () => {
  const runtime = manualRuntime();
  const services = {
    orders: ['http://10.0.0.7:3001', { id: 'b', url: 'http://10.0.0.8', zone: 'eu' }],
  };
  const registry = staticRegistry({ runtime, services });
  const listing = await registry.look('orders');
  assert.deepEqual(
    listing?.instances.map(({ id, zone }) => [id, zone]),
    [
      ['10.0.0.7:3001', ''],
      ['b', 'eu'],
    ],
  );
  assert.deepEqual((await registry.look('users'))?.instances, []);
  await registry.register(instance({ ...spec, id: 'c' }), 30_000);
  const wait = registry.look('orders', { after: listing?.revision, waitMs: 1_000 });
  await runtime.advance(1_000);
  assert.equal(await wait, undefined);
  assert.equal(runtime.timers, 0);
});
