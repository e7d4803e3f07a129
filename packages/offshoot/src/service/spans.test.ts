// Do spans nest as the work does, through calls, awaits, events and sagas?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema, query } from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { append } from '../store/index.ts';
import { type Span, spanRecorder } from '../telemetry/index.ts';
import { system } from '../testing/index.ts';
import { commandHandler, queryHandler, service } from './index.ts';

const toy = jsonSchema<{ readonly id: string }>({
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' } },
});
const io = { input: toy, output: toy, access: anyone() };
const prices = contract('prices', {
  version: 1,
  operations: { of: query('GET /{id}', io) },
  events: {},
});
const toys = contract('toys', {
  version: 1,
  noun: 'toy',
  operations: { make: command('POST /', io) },
  events: { made: event({ version: 1, key: 'id', data: toy }) },
});
const papers = contract('papers', { version: 1, operations: {}, events: {} });

const services = [
  service(prices, { handlers: { of: queryHandler(prices.of, { answer: ({ input }) => input }) } }),
  service(toys, {
    handlers: {
      make: commandHandler(toys.make, {
        prepare: ({ input }, reach) =>
          reach.span('price it', async (inner) => inner.ask(prices.of, input), { lines: 1 }),
        decide: ({ input }) => ({
          appends: [append(`toy/${input.id}`, [toys.events.made(input)])],
          reply: input,
        }),
      }),
    },
  }),
  service(papers, {
    handlers: {},
    subscriptions: [
      subscription('report', [
        on(toys.events.made, {
          prepare: ({ event: made }, reach) => reach.ask(prices.of, { id: made.key }),
          decide: () => undefined,
        }),
      ]),
    ],
  }),
];

/** `name(children…)`, in the order in which they began. */
function tree(spans: readonly Span[], parent: string): string[] {
  return spans
    .filter((span) => span.parent === parent)
    .map((span) => {
      const below = tree(spans, span.traceparent);
      return below.length > 0 ? `${span.name}(${below.join(', ')})` : span.name;
    });
}

test('trap 34: children nest through awaits, calls and events', async (t) => {
  const tracer = spanRecorder();
  const town = await system(services, { tracer });
  t.after(() => town.close());
  await town.invoke(toys.make, { id: 'bear' });
  await town.runtime.advance(2_000);
  const spans = tracer.find('correlation');
  assert.deepEqual(tree(spans, ''), [
    'toys.make(price it(prices.of), report on toy.made.v1(prices.of))',
  ]);
  assert.equal(new Set(spans.map(({ traceparent }) => traceparent.slice(3, 35))).size, 1);
});
