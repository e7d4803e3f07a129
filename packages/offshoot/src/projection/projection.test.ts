import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, event, jsonSchema } from '../contract/index.ts';
import { type EventHandler, on } from '../messaging/index.ts';
import { collection } from '../store/index.ts';
import { copyOf, projection } from './index.ts';
import { subscriptionOf } from './projection.ts';

const data = jsonSchema<{ id: string }>({ type: 'object' });
const service = (name: string) =>
  contract(name, {
    version: 1,
    operations: {},
    events: {
      made: event({ version: 1, key: 'id', data }),
      sold: event({ version: 1, key: 'id', data }),
    },
  });
const toys = service('toys');
const people = service('people');
const nothing = { decide: () => undefined };
const rows = collection<{ id: string }>('rows', { indexes: ['id'] });

const shown = (...handlers: EventHandler[]) =>
  projection('rows', 2, { collections: [rows], handlers: handlers as [EventHandler] });

test('one source gives one subscription, named as the build, from the beginning', () => {
  const made = shown(on(toys.events.made, nothing), on(toys.events.sold, nothing));
  const { name, service: source, from, handlers } = subscriptionOf(made, 'rows.v2', 'toys');
  assert.deepEqual([name, source, from], ['rows.v2', 'toys', 'beginning']);
  assert.deepEqual([...handlers.keys()], ['toys.made.v1', 'toys.sold.v1']);
});

test('several sources give one subscription each, named with the source', () => {
  const made = shown(
    on(toys.events.made, nothing),
    on(people.events.made, nothing),
    on(toys.events.sold, nothing),
  );
  const subscriptions = made.sources.map((source) => subscriptionOf(made, 'rows.v2.3', source));
  assert.deepEqual(
    subscriptions.map(({ name, handlers }) => [name, handlers.size]),
    [
      ['rows.v2.3/toys', 2],
      ['rows.v2.3/people', 1],
    ],
  );
});

test('each copy of the rows has its own name, and the same indexes', () => {
  assert.deepEqual(copyOf(rows, 'b'), { ...rows, name: 'rows.b' });
  assert.equal(copyOf(rows, 'a'), copyOf(rows, 'a'));
});

test('trap 51: a projector that would ask somebody is no projector', () => {
  const asking = on(toys.events.made, { prepare: async () => 1, ...nothing });
  assert.throws(() => shown(asking), { code: 'BAD_DEFINITION' });
});

test('a projection without events, rows or a version, or with an event twice is refused', () => {
  const [made] = [on(toys.events.made, nothing)];
  for (const make of [
    () => shown(),
    () => shown(made, made),
    () => projection('rows', 0, { collections: [rows], handlers: [made] }),
    () => projection('rows', 1, { collections: [] as never, handlers: [made] }),
  ])
    assert.throws(make, { code: 'BAD_DEFINITION' });
});
