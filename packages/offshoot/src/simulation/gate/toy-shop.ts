// Which small system must live through every seed before a shop is built on the core?
import {
  anyone,
  authenticated,
  command,
  contract,
  event,
  fromService,
  jsonSchema,
  outside,
  refusal,
  refuse,
} from '../../contract/index.ts';
import { on, subscription } from '../../messaging/index.ts';
import { compensation, saga } from '../../saga/index.ts';
import { commandHandler, type ServiceDefinition, service } from '../../service/index.ts';
import { append, collection, one, put } from '../../store/index.ts';

interface Order {
  readonly orderId: string;
  readonly quantity: number;
}
const text = { type: 'string' };
const order = jsonSchema<Order>({
  type: 'object',
  required: ['orderId', 'quantity'],
  properties: { orderId: text, quantity: { type: 'integer', minimum: 1 } },
});
const OrderId = jsonSchema<{ orderId: string }>({
  type: 'object',
  required: ['orderId'],
  properties: { orderId: text },
});
const Done = jsonSchema<{ done: boolean }>({ type: 'object', required: ['done'] });
const short = { SHORT: refusal(409) };

export const desk = contract('desk', {
  version: 1,
  noun: 'order',
  operations: {
    place: command('POST /orders', {
      input: order,
      output: OrderId,
      access: authenticated(),
      idempotencyKey: 'required',
    }),
    confirm: command('POST /confirmations', {
      input: order,
      output: Done,
      access: fromService('desk'),
    }),
  },
  events: {
    confirmed: event({ version: 1, key: 'orderId', data: order }),
    counted: event({ version: 1, key: 'orderId', data: OrderId }),
  },
});

export const depot = contract('depot', {
  version: 1,
  operations: {
    reserve: command('POST /reservations', {
      input: order,
      output: Done,
      refusals: short,
      access: fromService('desk'),
    }),
    release: command('POST /releases', { input: order, output: Done, access: fromService('desk') }),
    pay: command('POST /payments', {
      input: order,
      output: Done,
      refusals: { DECLINED: refusal(402) },
      access: fromService('desk'),
    }),
    audit: command('POST /audits', { input: OrderId, output: Done, access: anyone() }),
  },
  events: { sold: event({ version: 1, key: 'orderId', data: order }) },
});

const Charged = jsonSchema<{ charged: boolean }>({ type: 'object', required: ['charged'] });
export const till = outside('till', {
  idempotent: 'by-key',
  calls: { charge: { input: order, output: Charged } },
});

export interface Placed {
  readonly status: 'pending' | 'confirmed' | 'cancelled';
}
export interface Shelf {
  readonly free: number;
  readonly held: number;
  readonly sold: number;
}
export interface Hold {
  readonly quantity: number;
  readonly state: 'held' | 'released' | 'sold';
}
/** Counts places and events seen, so that an effect that comes twice shows. */
export interface Tally {
  readonly placed: number;
  readonly echoed: number;
}

export const placed = collection<Placed>('placed');
export const tallies = collection<Tally>('tally');
export const shelves = collection<Shelf>('shelf');
export const holds = collection<Hold>('hold');

export const STOCK = 40;
const FULL: Shelf = { free: STOCK, held: 0, sold: 0 };
const NONE: Tally = { placed: 0, echoed: 0 };

export const flow = saga('flow', { version: 1, input: order, deadlineMs: 60_000 })
  .step('reserve', depot.reserve, {
    input: ({ input }) => input,
    compensate: compensation(depot.release, ({ input }: { input: Order }) => input),
  })
  .pivot('pay', depot.pay, { input: ({ input }) => input })
  .step('confirm', desk.confirm, { input: ({ input }) => input })
  .end({
    compensated: {
      decide: ({ input }) => ({ documents: [put(placed, input.orderId, { status: 'cancelled' })] }),
    },
  });

export const deskService: ServiceDefinition = service(desk, {
  collections: [placed, tallies],
  sagas: [flow],
  handlers: {
    place: commandHandler(desk.place, {
      load: () => ({ tally: one(tallies, 'all') }),
      decide: ({ input, loaded }) => {
        const tally = loaded.tally?.data ?? NONE;
        return {
          documents: [
            put(placed, input.orderId, { status: 'pending' }),
            put(tallies, 'all', { ...tally, placed: tally.placed + 1 }),
          ],
          sagas: [flow.start(input.orderId, input)],
          reply: { orderId: input.orderId },
        };
      },
    }),
    confirm: commandHandler(desk.confirm, {
      decide: ({ input }) => ({
        appends: [append(`order/${input.orderId}`, [desk.events.confirmed(input)])],
        documents: [put(placed, input.orderId, { status: 'confirmed' })],
        reply: { done: true },
      }),
    }),
  },
  subscriptions: [
    subscription('echo', [
      on(depot.events.sold, {
        load: () => ({ tally: one(tallies, 'all') }),
        decide: ({ event: { data }, loaded }) => {
          const tally = loaded.tally?.data ?? NONE;
          return {
            documents: [put(tallies, 'all', { ...tally, echoed: tally.echoed + data.quantity })],
          };
        },
      }),
    ]),
  ],
});

const shelfAndHold = (orderId: string) => ({
  shelf: one(shelves, 'all'),
  hold: one(holds, orderId),
});

export const depotService: ServiceDefinition = service(depot, {
  collections: [shelves, holds],
  handlers: {
    reserve: commandHandler(depot.reserve, {
      load: ({ input }) => shelfAndHold(input.orderId),
      decide: ({ input: { orderId, quantity }, loaded }) => {
        const shelf = loaded.shelf?.data ?? FULL;
        // A tombstone: the release overtook this reservation.
        if (loaded.hold?.data.state === 'released') return refuse('SHORT');
        if (shelf.free < quantity) return refuse('SHORT');
        return {
          documents: [
            put(shelves, 'all', {
              ...shelf,
              free: shelf.free - quantity,
              held: shelf.held + quantity,
            }),
            put(holds, orderId, { quantity, state: 'held' }),
          ],
          reply: { done: true },
        };
      },
    }),
    release: commandHandler(depot.release, {
      load: ({ input }) => shelfAndHold(input.orderId),
      decide: ({ input: { orderId, quantity }, loaded }) => {
        const shelf = loaded.shelf?.data ?? FULL;
        const gone = put(holds, orderId, { quantity, state: 'released' });
        if (loaded.hold?.data.state !== 'held') return { documents: [gone], reply: { done: true } };
        const next = { ...shelf, free: shelf.free + quantity, held: shelf.held - quantity };
        return { documents: [put(shelves, 'all', next), gone], reply: { done: true } };
      },
    }),
    pay: commandHandler(depot.pay, {
      prepare: ({ input }, reach) => reach.outside(till).charge(input),
      decide: ({ prepared }) => (prepared.charged ? { reply: { done: true } } : refuse('DECLINED')),
    }),
    audit: commandHandler(depot.audit, { decide: () => ({ reply: { done: true } }) }),
  },
  subscriptions: [
    subscription('sell', [
      on(desk.events.confirmed, {
        load: ({ event: { data } }) => shelfAndHold(data.orderId),
        decide: ({ event: { data }, loaded }) => {
          const shelf = loaded.shelf?.data ?? FULL;
          const { quantity, orderId } = data;
          return {
            appends: [append(`sale/${orderId}`, [depot.events.sold(data)])],
            documents: [
              put(shelves, 'all', {
                ...shelf,
                held: shelf.held - quantity,
                sold: shelf.sold + quantity,
              }),
              put(holds, orderId, { quantity, state: 'sold' }),
            ],
          };
        },
      }),
    ]),
  ],
});
