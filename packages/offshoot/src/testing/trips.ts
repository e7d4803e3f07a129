// Which toy services do the saga tests send on a journey: rooms, flights, a bank, and trips?
import { anyone, command, contract, jsonSchema, refusal, refuse } from '../contract/index.ts';
import { compensation, saga } from '../saga/index.ts';
import { commandHandler, type ServiceDefinition, service } from '../service/index.ts';
import { append, collection, one, privateEvent, put } from '../store/index.ts';

export interface TripId {
  readonly tripId: string;
}
const tripId = jsonSchema<TripId>({
  type: 'object',
  required: ['tripId'],
  properties: { tripId: { type: 'string' } },
});
const done = jsonSchema<{ readonly ref: string }>({ type: 'object', required: ['ref'] });

const does = (route: string) =>
  command(route, {
    input: tripId,
    output: done,
    refusals: { NO: refusal(409) },
    access: anyone(),
  });

const pair = <const N extends string>(name: N) =>
  contract(name, {
    version: 1,
    operations: { take: does('POST /take'), giveBack: does('POST /back') },
    events: {},
  });
export const rooms = pair('rooms');
export const flights = pair('flights');
export const bank = pair('bank');
export const trips = contract('trips', {
  version: 1,
  operations: { plan: does('POST /trips'), confirm: does('POST /confirm') },
  events: {},
});

/** What a toy has: `taken` counts effects, so that a repeat shows. */
export interface Holding {
  readonly taken: number;
  readonly givenBack: number;
}
export const holdings = collection<Holding>('holdings');
export interface Trip {
  readonly status: 'planned' | 'confirmed' | 'cancelled';
  readonly reason: string;
}
export const tripRows = collection<Trip>('trips');

const changes = (operation: typeof rooms.take, change: (now: Holding) => Holding) =>
  commandHandler(operation, {
    load: ({ input }) => ({ now: one(holdings, input.tripId) }),
    decide: ({ input, loaded }) => {
      const { data, revision } = loaded.now ?? { data: { taken: 0, givenBack: 0 }, revision: 0 };
      return {
        documents: [put(holdings, input.tripId, change(data), revision)],
        reply: { ref: `${operation.service}-${input.tripId}` },
      };
    },
  });

const holder = (of: typeof rooms | typeof flights | typeof bank): ServiceDefinition =>
  service(of, {
    handlers: {
      take: changes(of.take, (now) => ({ ...now, taken: now.taken + 1 })),
      giveBack: changes(of.giveBack, (now) => ({ ...now, givenBack: now.givenBack + 1 })),
    },
    collections: [holdings],
  });

export const journey = saga('journey', { version: 1, input: tripId, deadlineMs: 60_000 })
  .step('room', rooms.take, {
    input: ({ input }) => input,
    compensate: compensation(rooms.giveBack, ({ input }) => input),
  })
  .step('flight', flights.take, {
    input: ({ input }) => input,
    compensate: compensation(flights.giveBack, ({ input }) => input),
  })
  .pivot('charge', bank.take, { input: ({ input }) => input })
  .step('confirm', trips.confirm, { input: ({ input }) => input })
  .end({
    compensated: {
      load: ({ input }) => ({ trip: one(tripRows, input.tripId) }),
      decide: ({ input, reason, loaded }) => ({
        appends: [append(`trip/${input.tripId}`, [privateEvent('trip.cancelled', { reason })])],
        documents: [
          put(tripRows, input.tripId, { status: 'cancelled', reason }, loaded.trip?.revision ?? 0),
        ],
      }),
    },
  });

/** Saga ids are trip ids, so that a test knows every key. */
const tripService = service(trips, {
  handlers: {
    plan: commandHandler(trips.plan, {
      load: ({ input }) => ({ trip: one(tripRows, input.tripId) }),
      decide: ({ input, loaded }) => {
        if (loaded.trip) return refuse('NO');
        return {
          documents: [put(tripRows, input.tripId, { status: 'planned', reason: '' }, 0)],
          sagas: [journey.start(input.tripId, input)],
          reply: { ref: input.tripId },
        };
      },
    }),
    confirm: commandHandler(trips.confirm, {
      load: ({ input }) => ({ trip: one(tripRows, input.tripId) }),
      decide: ({ input, loaded }) => ({
        appends: [append(`trip/${input.tripId}`, [privateEvent('trip.confirmed', {})])],
        documents: [
          put(
            tripRows,
            input.tripId,
            { status: 'confirmed', reason: '' },
            loaded.trip?.revision ?? 0,
          ),
        ],
        reply: { ref: 'confirmed' },
      }),
    }),
  },
  collections: [tripRows],
  sagas: [journey],
});

export const TRIP_SERVICES = [holder(rooms), holder(flights), holder(bank), tripService] as const;
