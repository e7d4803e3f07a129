import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, event, jsonSchema } from '../contract/index.ts';
import { on } from '../messaging/index.ts';
import { projection } from './index.ts';

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

test('one source gives one subscription, named with its version, from the beginning', () => {
  const made = projection('rows', 2, [
    on(toys.events.made, nothing),
    on(toys.events.sold, nothing),
  ]);
  assert.deepEqual(
    made.map(({ name, service: source, from }) => [name, source, from]),
    [['rows.v2', 'toys', 'beginning']],
  );
  assert.deepEqual([...(made[0]?.handlers.keys() ?? [])], ['toys.made.v1', 'toys.sold.v1']);
});

test('several sources give one subscription each, named with the source', () => {
  const made = projection('rows', 1, [
    on(toys.events.made, nothing),
    on(people.events.made, nothing),
    on(toys.events.sold, nothing),
  ]);
  assert.deepEqual(
    made.map(({ name, handlers }) => [name, handlers.size]),
    [
      ['rows.v1/toys', 2],
      ['rows.v1/people', 1],
    ],
  );
});

test('a projection without events, without a version, or with an event twice is refused', () => {
  const twice = [on(toys.events.made, nothing), on(toys.events.made, nothing)];
  for (const make of [
    () => projection('rows', 1, []),
    () => projection('rows', 0, [twice[0]!]),
    () => projection('rows', 1, twice),
  ])
    assert.throws(make, { code: 'BAD_DEFINITION' });
});
