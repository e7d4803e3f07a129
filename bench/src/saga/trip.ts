// Which saga is measured? Three steps that do nothing, five awaited durable writes.
import {
  authenticated,
  command,
  contract,
  event,
  fromService,
  jsonSchema,
} from 'offshoot/contract';
import { compensation, saga } from 'offshoot/saga';
import { commandHandler, service } from 'offshoot/service';
import { append } from 'offshoot/store';

interface Trip {
  readonly tripId: string;
}
const trip = jsonSchema<Trip>({
  type: 'object',
  required: ['tripId'],
  properties: { tripId: { type: 'string' } },
});
const done = jsonSchema<{ done: boolean }>({
  type: 'object',
  required: ['done'],
  properties: { done: { type: 'boolean' } },
});
const between = { input: trip, output: done, access: fromService('trips') };

export const hotel = contract('hotel', {
  version: 1,
  operations: {
    book: command('POST /bookings', between),
    cancel: command('POST /cancellations', between),
  },
  events: {},
});

export const trips = contract('trips', {
  version: 1,
  noun: 'trip',
  operations: {
    start: command('POST /trips', { input: trip, output: trip, access: authenticated() }),
    plan: command('POST /plans', between),
    forget: command('POST /forgotten', between),
    confirm: command('POST /confirmations', between),
  },
  events: { ended: event({ version: 1, key: 'tripId', data: trip }) },
});

/**
 * Durable writes, each awaited before the next: the accepting unit, `plan` with its journal entry,
 * `book` in the other service's store, its journal entry, `confirm` with the end of the saga.
 */
const journey = saga('journey', { version: 1, input: trip })
  .step('plan', trips.plan, {
    input: ({ input }) => input,
    compensate: compensation(trips.forget, ({ input }) => input as Trip),
  })
  .step('book', hotel.book, {
    input: ({ input }) => input,
    compensate: compensation(hotel.cancel, ({ input }) => input as Trip),
  })
  .pivot('confirm', trips.confirm, { input: ({ input }) => input })
  .end({
    completed: {
      decide: ({ input }) => ({
        appends: [append(`trip/${input.tripId}`, [trips.events.ended(input)])],
      }),
    },
  });

const nothing = { decide: () => ({ reply: { done: true } }) };

export const hotelService = service(hotel, {
  handlers: {
    book: commandHandler(hotel.book, nothing),
    cancel: commandHandler(hotel.cancel, nothing),
  },
});

export const tripsService = service(trips, {
  sagas: [journey],
  handlers: {
    start: commandHandler(trips.start, {
      decide: ({ input }) => ({ sagas: [journey.start(input.tripId, input)], reply: input }),
    }),
    plan: commandHandler(trips.plan, nothing),
    forget: commandHandler(trips.forget, nothing),
    confirm: commandHandler(trips.confirm, nothing),
  },
});
