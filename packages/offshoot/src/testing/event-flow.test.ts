// Does the comparison find every event without a reader and every field without a writer?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Contract, contract, event, jsonSchema } from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { projection } from '../projection/index.ts';
import { service } from '../service/index.ts';
import { collection } from '../store/index.ts';
import { eventFlow } from './event-flow.ts';

interface Loaf {
  readonly id: string;
  readonly note?: string;
}
const strict = jsonSchema<Loaf>({
  type: 'object',
  properties: { id: { type: 'string' } },
  required: ['id'],
});
const loose = jsonSchema<Loaf>({
  type: 'object',
  properties: {
    id: { type: 'string' },
    note: { type: 'string' },
    slices: {
      type: 'array',
      items: { type: 'object', properties: { mm: { type: 'integer' } }, required: [] },
    },
  },
  required: ['id', 'slices'],
});
const bakery = (version = 1) =>
  contract('bakery', {
    version: 1,
    noun: 'loaf',
    operations: {},
    events: {
      baked: event({
        version,
        key: 'id',
        data: strict,
        ...(version > 1 && { upcasts: { 1: (data: any) => data } }),
      }),
      burnt: event({ version: 1, key: 'id', data: loose }),
    },
  });
type Bakery = ReturnType<typeof bakery>;
const town = contract('town', { version: 1, operations: {}, events: {} });

const baker = (made: Bakery) => service(made as Contract as Bakery, { handlers: {} });
const decide = () => undefined;
const eater = (made: Bakery, ...names: ('baked' | 'burnt')[]) => {
  const [first, ...rest] = names.map((name) => on(made.events[name], { decide }));
  return service(town, { handlers: {}, subscriptions: [subscription('eat', [first!, ...rest])] });
};

test('where every event has a reader and every field a writer nothing is found', () => {
  const made = bakery();
  const { unconsumed, unproduced } = eventFlow([baker(made), eater(made, 'baked', 'burnt')]);
  assert.deepEqual([unconsumed, unproduced], [[], []]);
});

test('trap 30: a published event that nobody consumes is named', () => {
  const made = bakery();
  assert.deepEqual(eventFlow([baker(made), eater(made, 'baked')]).unconsumed, ['loaf.burnt']);
});

test('a projection consumes as well as a subscription does', () => {
  const made = bakery();
  const rows = collection<Loaf>('rows');
  const handlers = [on(made.events.baked, { decide }), on(made.events.burnt, { decide })] as const;
  const reading = service(town, {
    handlers: {},
    projections: [projection('loaves', 1, { collections: [rows], handlers })],
  });
  assert.deepEqual(eventFlow([baker(made), reading]).unconsumed, []);
});

test('trap 21: a field of a consumed event that a producer may leave out is named, also inside', () => {
  const made = bakery();
  assert.deepEqual(eventFlow([baker(made), eater(made, 'burnt')]).unwritten, [
    'loaf.burnt/note',
    'loaf.burnt/slices/mm',
  ]);
  assert.deepEqual(eventFlow([baker(made), eater(made, 'baked')]).unwritten, []);
});

test('trap 21: an event that no producer publishes, or in another version, is named', () => {
  const made = bakery();
  assert.deepEqual(eventFlow([eater(made, 'baked')]).unproduced, ['town/eat: loaf.baked']);
  const newer = eventFlow([baker(bakery(2)), eater(made, 'baked')]);
  assert.deepEqual(newer.unproduced, ['town/eat: loaf.baked']);
});

test('trap 21: a handler that reads an undeclared field does not compile', () => {
  on(bakery().events.baked, {
    decide({ event: { data } }) {
      // @ts-expect-error: no producer writes a price
      assert.equal(data.price, undefined);
      return undefined;
    },
  });
});
