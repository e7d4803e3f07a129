import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutsideWorld } from '../rpc/index.ts';
import type { RunningService } from '../service/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { hostHealth } from './host-health.ts';

function setting() {
  const broken = { store: false };
  const waiting = { messages: 0, parkedKeys: 0 };
  const consumer = { name: 'sign-ups', pausedBy: '', waiting };
  const port = { state: 'closed', lastMs: undefined as number | undefined };
  const store = {
    async load() {
      if (broken.store) throw new Error('disk I/O error');
    },
  };
  const runtime = manualRuntime();
  const sagas = { paused: 0 };
  const rows = { name: 'rows', service: 'users', failed: '', pausedBy: '', parkedKeys: 0 };
  const projections = { looks: () => [rows] };
  const one = { name: 'users', store, subscribed: [consumer], queues: [], sagas, projections };
  const users = one as unknown as RunningService;
  const outside = { ports: ['provider'], look: () => port } as unknown as OutsideWorld;
  const health = hostHealth({ name: 'shop', runtime, services: [users], outside });
  return { health, runtime, broken, rows, consumer, port, sagas };
}

test('trap 41: a database that is down makes a host unready, not dead', async () => {
  const { health, broken } = setting();
  broken.store = true;
  const ready = await health.ready();
  assert.equal(ready.status, 'fail');
  assert.equal(ready.checks?.['database:users']?.[0]?.status, 'fail');
  assert.equal(health.live().status, 'pass');
  assert.equal(health.live().checks, undefined, 'liveness asks nobody');
});

test('an outside that keeps failing is a warning with its own latency', async () => {
  const { health, port } = setting();
  port.lastMs = 41.7;
  const [fine] = (await health.ready()).checks?.['external:provider'] ?? [];
  assert.deepEqual([fine?.status, fine?.observedValue, fine?.observedUnit], ['pass', 42, 'ms']);
  port.state = 'open';
  const ready = await health.ready();
  assert.deepEqual(
    [ready.status, ready.checks?.['external:provider']?.[0]?.status],
    ['warn', 'fail'],
  );
});

test('a subscription that waits for somebody is a warning', async () => {
  const { health, consumer } = setting();
  assert.equal((await health.ready()).status, 'pass');
  consumer.pausedBy = 'NO_HEALTHY_INSTANCE';
  const ready = await health.ready();
  assert.equal(ready.status, 'warn');
  assert.equal(ready.checks?.['messageQueue:users/sign-ups']?.[0]?.observedValue, 'paused');
});

test('messages that wait for a person are a warning, with the number of their keys', async () => {
  const { health, consumer } = setting();
  consumer.waiting = { messages: 7, parkedKeys: 2 };
  const [check] = (await health.ready()).checks?.['messageQueue:users/sign-ups'] ?? [];
  assert.deepEqual([check?.status, check?.observedValue], ['warn', 2]);
});

test('rows that are not kept up to date, and a build that failed, are warnings', async () => {
  const { health, rows } = setting();
  const look = async () => (await health.ready()).checks?.['projection:users/rows']?.[0];
  assert.deepEqual([(await look())?.status, (await look())?.observedValue], ['pass', 'running']);
  rows.parkedKeys = 3;
  assert.deepEqual([(await look())?.status, (await look())?.observedValue], ['warn', 3]);
  rows.pausedBy = 'this release has no code for the live rows';
  assert.deepEqual([(await look())?.status, (await look())?.observedValue], ['warn', 'paused']);
  rows.failed = 'INTERNAL_ERROR: seventeen';
  assert.deepEqual([(await look())?.status, (await look())?.observedValue], ['warn', 'failed']);
});

test('trap 29: sagas that wait for a person are a warning, with their number', async () => {
  const { health, sagas } = setting();
  sagas.paused = 2;
  const ready = await health.ready();
  assert.equal(ready.status, 'warn');
  const [check] = ready.checks?.['sagas:users'] ?? [];
  assert.deepEqual([check?.status, check?.observedValue], ['warn', 2]);
});

test('a host that drains is not ready, and says so', async () => {
  const { health } = setting();
  health.unready();
  const ready = await health.ready();
  assert.deepEqual([ready.status, ready.output, ready.serviceId], ['fail', 'draining', 'shop']);
});
