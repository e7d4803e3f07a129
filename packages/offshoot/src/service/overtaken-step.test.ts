// What if the undoing of a step arrives before the step itself?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, contract, fromService, jsonSchema, refusal, refuse } from '../contract/index.ts';
import type { Reply } from '../rpc/index.ts';
import { compensation, saga, sagas } from '../saga/index.ts';
import { collection, one, put } from '../store/index.ts';
import { system } from '../testing/index.ts';
import { AWAY } from '../testing/trip-scene.ts';
import { commandHandler, service } from './index.ts';

interface Id {
  readonly id: string;
}
const Id = jsonSchema<Id>({ type: 'object', required: ['id'] });
const step = (route: string) =>
  command(route, {
    input: Id,
    output: Id,
    refusals: { CLOSED: refusal(409) },
    access: fromService('guests'),
  });
const seats = contract('seats', {
  version: 1,
  operations: { take: step('POST /seats'), free: step('POST /frees') },
  events: {},
});
const guests = contract('guests', {
  version: 1,
  operations: {
    invite: command('POST /guests', { input: Id, output: Id, access: fromService('tester') }),
  },
  events: {},
});

/** `free` before `take` leaves a tombstone: the seat that is taken too late is refused. */
const places = collection<{ readonly state: 'taken' | 'freed'; readonly effects: number }>(
  'places',
);
const seating = service(seats, {
  collections: [places],
  handlers: {
    take: commandHandler(seats.take, {
      load: ({ input }) => ({ place: one(places, input.id) }),
      decide: ({ input, loaded: { place } }) =>
        place?.data.state === 'freed'
          ? refuse('CLOSED')
          : { documents: [put(places, input.id, { state: 'taken', effects: 1 })], reply: input },
    }),
    free: commandHandler(seats.free, {
      load: ({ input }) => ({ place: one(places, input.id) }),
      decide: ({ input, loaded: { place } }) => {
        const effects = place?.data.effects ?? 0;
        return { documents: [put(places, input.id, { state: 'freed', effects })], reply: input };
      },
    }),
  },
});
const visit = saga('visit', { version: 1, input: Id, deadlineMs: 10_000 })
  .step('seat', seats.take, {
    input: ({ input }) => input,
    compensate: compensation(seats.free, ({ input }: { input: Id }) => input),
  })
  .end();
const inviting = service(guests, {
  sagas: [visit],
  handlers: {
    invite: commandHandler(guests.invite, {
      decide: ({ input }) => ({ sagas: [visit.start(input.id, input)], reply: input }),
    }),
  },
});

test('a compensation that overtakes its action leaves a tombstone that the action respects', async () => {
  const it = await system([seating, inviting]);
  const underWay: (() => Promise<Reply>)[] = [];
  it.way(async (call, next) => {
    if (call.operation !== 'take') return next(call);
    underWay.push(() => next(call)); // on the wire for longer than anybody waits
    return AWAY;
  });
  await it.invoke(guests.invite, { id: 'g' });
  await it.runtime.advance(60_000);
  assert.equal((await it.store('guests').load(one(sagas, 'g')))?.data.status, 'compensated');
  const replies = await Promise.all(underWay.map((arrive) => arrive()));
  assert.ok(replies.length > 1, 'it was sent more than once');
  for (const reply of replies) assert.equal(reply.kind, 'refusal');
  const place = await it.store('seats').load(one(places, 'g'));
  assert.deepEqual(place?.data, { state: 'freed', effects: 0 });
  await it.close();
});
