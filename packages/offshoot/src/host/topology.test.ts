// Does a topology that could not work refuse to be one?
import assert from 'node:assert/strict';
import test from 'node:test';
import { contract, event, jsonSchema } from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { service } from '../service/index.ts';
import { notes, notesService, otherService, toyTopology } from './fixtures/toy.ts';
import type { TopologySpec } from './topology.ts';

const id = jsonSchema<{ id: string }>({ type: 'object' });
const elsewhere = contract('elsewhere', {
  version: 1,
  operations: {},
  events: { happened: event({ version: 1, key: 'id', data: id }) },
});
const follower = service(contract('follower', { version: 1, operations: {}, events: {} }), {
  handlers: {},
  subscriptions: [
    subscription('follow', [on(elsewhere.events.happened, { decide: () => undefined })]),
  ],
});
const tokens = { issuer: 'toy', audience: 'toy', keys: async () => [] };
const bad = (message: RegExp) => ({ code: 'BAD_DEFINITION', message });

test('a topology knows its services by name', () => {
  assert.deepEqual([...toyTopology().services.keys()], ['notes']);
});

test('refuses a name that is none', () => {
  assert.throws(() => toyTopology({ name: 'My Shop' }), bad(/'My Shop'.*name/));
});

test('refuses a service that would have two writers', () => {
  const hosts = [
    { name: 'one', services: [notesService] },
    { name: 'two', services: [notesService, otherService] },
  ] as const;
  assert.throws(() => toyTopology({ hosts }), bad(/runs notes twice/));
});

test('refuses two hosts of one name, and a host without services', () => {
  const twice = [
    { name: 'one', services: [notesService] },
    { name: 'one', services: [otherService] },
  ] as const;
  assert.throws(() => toyTopology({ hosts: twice }), bad(/two hosts 'one'/));
  assert.throws(
    () => toyTopology({ hosts: [{ name: 'one', services: [] }] }),
    bad(/host 'one' runs no service/),
  );
});

test('refuses an edge that mounts what runs nowhere, or listens nowhere', () => {
  const edge = { contracts: [elsewhere], tokens };
  const host = { name: 'toy', services: [notesService], listen: { port: 0 } };
  assert.throws(
    () => toyTopology({ hosts: [{ ...host, edge }] }),
    bad(/edge mounts elsewhere, which runs nowhere/),
  );
  const deaf = { name: 'toy', services: [notesService], edge: { contracts: [notes], tokens } };
  assert.throws(() => toyTopology({ hosts: [deaf] }), bad(/say where it listens/));
});

test('refuses a port that is none', () => {
  const hosts = [{ name: 'toy', services: [notesService], listen: { port: 70_000 } }] as const;
  assert.throws(() => toyTopology({ hosts }), bad(/70000 is no port/));
});

test('refuses a subscription to a service that runs nowhere', () => {
  const hosts = [{ name: 'toy', services: [follower] }] as const;
  assert.throws(
    () => toyTopology({ hosts }),
    bad(/follower subscribes to elsewhere \(follow\), which runs nowhere/),
  );
});

test('refuses a store it does not know, and a master key outside the data folder', () => {
  assert.throws(
    () => toyTopology({ store: { kind: 'cloud' as 'sqlite' } }),
    bad(/no store 'cloud'/),
  );
  const secrets = { master: { env: 'TOY_KEY', file: '../key' } };
  assert.throws(() => toyTopology({ secrets }), bad(/'..\/key' is no file name/));
});

test('a host may work on the stores of another that runs the same services, and of no other', () => {
  const first = { name: 'first', services: [notesService, otherService] } as const;
  const second = { ...first, name: 'second', storesOf: 'first' } as const;
  const shared = toyTopology({ hosts: [first, second] });
  assert.deepEqual([...shared.services.keys()], ['notes', 'other']);
  const wrong = (hosts: TopologySpec['hosts'], why: RegExp) =>
    assert.throws(() => toyTopology({ hosts }), bad(why));
  wrong([first, { ...second, storesOf: 'third' }], /stores of 'third', which has none/);
  wrong([first, { ...second, storesOf: 'second' }], /stores of 'second', which has none/);
  wrong([first, second, { ...second, name: 'third', storesOf: 'second' }], /which has none/);
  wrong([first, { ...second, services: [notesService] }], /runs other services than 'first'/);
});
